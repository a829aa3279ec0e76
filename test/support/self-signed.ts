import { generateKeyPairSync, sign, type KeyObject } from 'node:crypto';

/** A key and a certificate in PEM. */
export interface SelfSigned {
  readonly key: string;
  readonly cert: string;
}

/** A certificate authority of one test. */
export interface TestAuthority {
  /** Its own certificate in PEM. */
  readonly cert: string;
  /** A server's certificate for these host names. */
  issue(...names: readonly string[]): SelfSigned;
}

const ECDSA_WITH_SHA256 = der(0x30, Buffer.from('06082a8648ce3d040302', 'hex'));
const COMMON_NAME = Buffer.from('0603550403', 'hex');
const SUBJECT_ALT_NAME = Buffer.from('0603551d11', 'hex');
const BASIC_CONSTRAINTS = Buffer.from('0603551d13', 'hex');
const IS_CA = der(
  0x30,
  BASIC_CONSTRAINTS,
  Buffer.from('0101ff', 'hex'),
  der(0x04, Buffer.from('30030101ff', 'hex')),
);

/**
 * A certificate for `localhost` and 127.0.0.1 that nobody vouches for, made anew for each test, so that no private
 * key lies in the repository and no tool is needed (X.509 in DER, RFC 5280).
 */
export function selfSigned(): SelfSigned {
  const keys = newKeys();
  const extension = altNames(['localhost']);
  return { key: keys.pem, cert: certificate('localhost', keys, { name: 'localhost', keys }, extension) };
}

/** A new certificate authority, which no machine trusts. */
export function testAuthority(): TestAuthority {
  const issuer = { name: 'Laneway test CA', keys: newKeys() };
  return {
    cert: certificate(issuer.name, issuer.keys, issuer, IS_CA),
    issue: (...names) => {
      const keys = newKeys();
      return { key: keys.pem, cert: certificate(names[0] ?? '', keys, issuer, altNames(names)) };
    },
  };
}

interface Keys {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
  readonly pem: string;
}

function newKeys(): Keys {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return { privateKey, publicKey, pem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() };
}

/** These names and 127.0.0.1. */
function altNames(names: readonly string[]): Buffer {
  const list = [...names.map((name) => der(0x82, Buffer.from(name))), der(0x87, Buffer.from([127, 0, 0, 1]))];
  return der(0x30, SUBJECT_ALT_NAME, der(0x04, der(0x30, ...list)));
}

let serial = 2;

function certificate(
  subject: string,
  { publicKey }: Keys,
  issuer: { readonly name: string; readonly keys: Keys },
  extension: Buffer,
): string {
  serial += 1;
  const body = der(
    0x30,
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, Buffer.from([serial])),
    ECDSA_WITH_SHA256,
    distinguishedName(issuer.name),
    der(0x30, der(0x17, Buffer.from('200101000000Z')), der(0x18, Buffer.from('21200101000000Z'))),
    distinguishedName(subject),
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, der(0x30, extension)),
  );
  const signature = der(0x03, Buffer.from([0]), sign('sha256', body, issuer.keys.privateKey));
  const lines = der(0x30, body, ECDSA_WITH_SHA256, signature)
    .toString('base64')
    .replace(/.{64}(?=.)/g, '$&\n');
  return `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`;
}

function distinguishedName(name: string): Buffer {
  return der(0x30, der(0x31, der(0x30, COMMON_NAME, der(0x0c, Buffer.from(name)))));
}

/** One element of DER: tag, length, content. */
function der(tag: number, ...content: readonly Buffer[]): Buffer {
  const body = Buffer.concat(content);
  const length = body.length < 128 ? [body.length] : [0x82, body.length >> 8, body.length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...length]), body]);
}
