import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { refusal, turns } from '../../../support/openai-client.ts';

const PNG = Buffer.from('89504e470d0a1a0a0000', 'hex');
const JPEG = Buffer.from('ffd8ffe000104a464946', 'hex');
const PDF = Buffer.from('%PDF-1.7 a');

const image = (url: string, more: object = {}): object => ({
  type: 'image_url',
  image_url: { url, ...more },
});
const read = (part: object): unknown => turns({ role: 'user', content: [part] })[0]?.parts[0];
const refused = (part: object, role = 'user'): string => refusal({ messages: [{ role, content: [part] }] });
const base64 = (mediaType: string, bytes: Buffer): object => ({
  kind: 'base64',
  mediaType,
  data: bytes.toString('base64'),
});

describe('wire case 91: variants of data URLs', () => {
  const data = PNG.toString('base64');
  test.each([
    ['canonical', `data:image/png;base64,${data}`, 'image/png'],
    ['in capitals', `DATA:IMAGE/PNG;BASE64,${data}`, 'image/png'],
    ['jpg for jpeg', `data:image/jpg;base64,${data}`, 'image/jpeg'],
    ['with a parameter', `data:image/png;name=a.png;base64,${data}`, 'image/png'],
    ['without a type', `data:;base64,${data}`, 'image/png'],
    ['without padding', `data:image/png;base64,${data.replace(/=+$/, '')}`, 'image/png'],
    ['with line breaks', `data:image/png;base64,\n${data.slice(0, 5)}\r\n${data.slice(5)}\n`, 'image/png'],
    ['percent-escaped', `data:image/png;base64,${encodeURIComponent(data)}`, 'image/png'],
  ])('%s', (_name, url, mediaType) => {
    expect(read(image(url))).toMatchObject({ source: base64(mediaType, PNG) });
  });

  test('without a type the leading bytes determine it', () => {
    const url = `data:;base64,${JPEG.toString('base64')}`;
    expect(read(image(url))).toMatchObject({ source: base64('image/jpeg', JPEG) });
  });

  test('any bytes survive the URL-safe alphabet and line breaks anywhere', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 99 }), fc.nat({ max: 90 }), (bytes, at) => {
        const written = Buffer.from(bytes).toString('base64url');
        const url = `data:image/png;base64,${written.slice(0, at)}\n${written.slice(at)}`;
        expect(read(image(url))).toMatchObject({ source: base64('image/png', Buffer.from(bytes)) });
      }),
    );
  });

  test.each([
    ['empty', 'data:image/png;base64,'],
    ['not base64', 'data:image/png;base64,!!!!'],
    ['padding in the middle', 'data:image/png;base64,ab==cdef'],
    ['an impossible length for base64', 'data:image/png;base64,abcde'],
    ['no detectable type', 'data:;base64,AAAA'],
    ['no comma', 'data:image/png;base64'],
    ['invalid escapes', 'data:image/png;base64,%zz'],
  ])('%s is rejected without being quoted', (_name, url) => {
    expect(refused(image(url))).toBe('invalid_body messages[0].content[0].image_url.url');
  });
});

describe('images', () => {
  test('a web URL is kept, with its detail', () => {
    expect(read(image('https://example.com/a.png', { detail: 'low' }))).toEqual({
      type: 'image',
      source: { kind: 'url', url: 'https://example.com/a.png' },
      detail: 'low',
      cache: null,
    });
  });

  test('a URL directly in image_url is read too', () => {
    expect(read({ type: 'image_url', image_url: 'https://example.com/a.png' })).toMatchObject({
      source: { kind: 'url' },
    });
  });

  test.each(['file:///etc/passwd', '/etc/passwd', 'ftp://example.com/a.png'])(
    'wire case 90: %s is rejected',
    (url) => {
      expect(refused(image(url))).toMatch(/^invalid_body messages\[0\]\.content\[0\]/);
    },
  );

  test('only users and tools send images', () => {
    expect(refused(image('https://example.com/a.png'), 'system')).toBe(
      'unsupported_parameter messages[0].content[0]',
    );
  });
});

describe('files', () => {
  const file = (value: object): object => ({ type: 'file', file: value });
  const pdf = `data:application/pdf;base64,${PDF.toString('base64')}`;

  test('a PDF becomes a document with its name', () => {
    expect(read(file({ file_data: pdf, filename: 'a.pdf' }))).toEqual({
      type: 'document',
      source: base64('application/pdf', PDF),
      name: 'a.pdf',
      cache: null,
    });
    expect(read(file({ file_data: PDF.toString('base64') }))).toMatchObject({
      source: base64('application/pdf', PDF),
    });
  });

  test('any kind of text becomes plain text', () => {
    const source = base64('text/plain', Buffer.from('a,b\n1,2'));
    expect(read(file({ file_data: 'data:text/csv,a%2Cb%0A1%2C2' }))).toMatchObject({ source });
    const encoded = Buffer.from('a,b\n1,2').toString('base64');
    expect(read(file({ file_data: `data:text/markdown;base64,${encoded}` }))).toMatchObject({ source });
  });

  test('a URL is left for the vendor to fetch', () => {
    const source = { kind: 'url', url: 'https://example.com/a.pdf' };
    expect(read(file({ file_url: 'https://example.com/a.pdf' }))).toMatchObject({ source });
  });

  test.each([
    [file({ file_id: 'file-1' }), 'unsupported_parameter messages[0].content[0].file.file_id'],
    [
      file({ file_data: 'data:application/zip;base64,AAAA' }),
      'unsupported_parameter messages[0].content[0].file.file_data',
    ],
    [file({ file_data: 'AAAA' }), 'unsupported_parameter messages[0].content[0].file.file_data'],
    [file({}), 'invalid_body messages[0].content[0].file.file_data'],
  ])('wire case 92: %j is rejected and named', (part, expected) => {
    expect(refused(part)).toBe(expected);
  });
});

test.each([
  { type: 'input_audio', input_audio: { data: 'AAAA', format: 'wav' } },
  { type: 'video_url', video_url: { url: 'https://example.com/a.mp4' } },
  { type: 'novelty' },
])('wire case 92: other wires do not have %j', (part) => {
  expect(refused(part)).toBe('unsupported_parameter messages[0].content[0]');
});
