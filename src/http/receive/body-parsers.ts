import type { FastifyInstance, FastifyRequest, preParsingHookHandler, RouteOptions } from 'fastify';
import type { IncomingMessage } from 'node:http';

import { GatewayError } from '../../protocol/errors.ts';
import { formType, isForm } from '../../wire/fields/content-type.ts';
import { declaredEncoding } from '../../util/content-encoding.ts';
import { CONTROL_PLANE_BODY_MAX_BYTES } from '../control-plane.ts';
import type { HttpPorts } from '../ports.ts';
import { ACCEPTED_ENCODINGS, isAcceptedEncoding, unpackBody } from './decompress.ts';
import { requestBody } from './expect-continue.ts';
import { receiveBody, tooLarge, type BodyLimits, type OnBody } from './receive-body.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /**
     * The body is read as JSON whatever its content type: Ollama does not look at it, and editor plug-ins send what curl
     * sends by default. Not for web pages, which could send such a request without a preflight.
     */
    anyBodyType?: boolean;
  }
}

/** Bodies stay bytes: the data plane forwards them, and the control plane parses them itself. */
export function registerBodies(app: FastifyInstance, ports: HttpPorts): void {
  const { admission } = ports.execution;
  const dataPlane = { maxBytes: ports.maxBodyBytes, setting: 'LANEWAY_MAX_BODY_MIB', admission };
  const controlPlane = { maxBytes: CONTROL_PLANE_BODY_MAX_BYTES, setting: null, admission };
  const parse = (request: FastifyRequest, payload: IncomingMessage, done: OnBody): void => {
    if (request.is404) {
      done(null);
      return;
    }
    const isDataPlane = request.routeOptions.config.role === 'client';
    const refusal = mediaTypeError(request, isDataPlane);
    if (refusal === null && isDataPlane) receivePlain(payload, dataPlane, done);
    else if (refusal === null) receiveBody(payload, controlPlane, done);
    else if (isDataPlane && request.headers['content-length'] !== '0') done(refusal);
    else expectNoBody(payload, refusal, done);
  };
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', parse);
  app.addContentTypeParser('*', parse);
  app.addHook('onRoute', acceptAnyTypeOfNothing);
}

/** Receives a body, and unpacks it if it is compressed. */
function receivePlain(request: IncomingMessage, limits: BodyLimits, done: OnBody): void {
  const encoding = declaredEncoding(request.headers['content-encoding']);
  if (encoding === null) {
    receiveBody(request, limits, done);
    return;
  }
  const { maxBytes } = limits;
  receiveBody(request, limits, (error, body) => {
    if (error !== null || body === undefined) done(error, body);
    else unpackBody(body, encoding, { maxBytes, tooLarge: () => tooLarge(limits) }, done);
  });
}

const COMPRESSED = 'the request body must not be compressed; send it without "content-encoding"';

const JSON_TYPE = /^\s*application\/json\s*(?:;|$)/i;

/**
 * The error for a body that is not JSON in UTF-8, or on some routes a form, as its headers declare it; null: it is. Laneway's
 * own API takes no compressed bodies, the data plane those of the encodings that it knows.
 */
function mediaTypeError(request: FastifyRequest, isDataPlane: boolean): GatewayError | null {
  const typeError = isAnyType(request) ? null : contentTypeError(request);
  return typeError ?? encodingError(request.headers, isDataPlane);
}

function isAnyType({ routeOptions, headers }: FastifyRequest): boolean {
  return routeOptions.config.anyBodyType === true && headers.origin === undefined;
}

function contentTypeError({ headers, routeOptions }: FastifyRequest): GatewayError | null {
  const { acceptsForms = false } = routeOptions.config;
  const type = headers['content-type'];
  if (acceptsForms && type !== undefined && isForm(type)) return formError(type);
  if (type === undefined || !JSON_TYPE.test(type)) return notJson(type, acceptsForms);
  const charset = /charset\s*=\s*"?([^;"\s]+)/i.exec(type)?.[1];
  if (charset !== undefined && !/^utf-?8$/i.test(charset)) {
    return new GatewayError('unsupported_media_type', `charset ${charset} is not supported; use UTF-8`);
  }
  return null;
}

function formError(type: string): GatewayError | null {
  if (formType(type) !== null) return null;
  const message = 'the content-type of a form needs a "boundary"; let the HTTP library set this header';
  return new GatewayError('unsupported_media_type', message);
}

function encodingError(headers: FastifyRequest['headers'], isDataPlane: boolean): GatewayError | null {
  const encoding = declaredEncoding(headers['content-encoding']);
  if (encoding === null || (isDataPlane && isAcceptedEncoding(encoding))) return null;
  const accepted = `the encoding of a compressed request body must be ${ACCEPTED_ENCODINGS.join(', ')}`;
  return new GatewayError(
    'unsupported_media_type',
    isDataPlane ? `${accepted}; this one is "${encoding.slice(0, 40)}"` : COMPRESSED,
  );
}

/** 415 that shows the header to send; `type` is the one received. `acceptsForms`: the body may also be a form. */
export function notJson(type: string | undefined, acceptsForms = false): GatewayError {
  const received = type === undefined ? 'it has no content-type' : `it has "${type.slice(0, 100)}"`;
  return new GatewayError(
    'unsupported_media_type',
    `the request body must be JSON${acceptsForms ? ', or a form (multipart/form-data)' : ''}: send the header "content-type: application/json"; ${received}`,
  );
}

/** Waits for the end of an empty body, whatever its type; with the first byte, reports the error. */
function expectNoBody(request: IncomingMessage, refusal: GatewayError, done: OnBody): void {
  const settle = (error: Error | null): void => {
    request.off('data', onData).off('end', onEnd).off('error', onEnd);
    done(error);
  };
  const onData = (): void => {
    settle(refusal);
  };
  const onEnd = (): void => {
    settle(null);
  };
  const { 'content-length': length = '0' } = request.headers;
  if (length !== '0') {
    done(refusal);
    return;
  }
  requestBody(request);
  request.on('data', onData).on('end', onEnd).on('error', onEnd).resume();
}

/**
 * Fastify answers a `content-type` that is not a media type with 415 before it looks for a body. On Laneway's own API
 * the header must not matter where there is no body: clients send it with every `DELETE` and `POST`.
 */
function acceptAnyTypeOfNothing(route: RouteOptions): void {
  if (route.config?.role === 'client') return;
  const dropType: preParsingHookHandler = ({ headers }, _reply, payload, done) => {
    const { 'content-length': length = '0', 'transfer-encoding': coding } = headers;
    if (length === '0' && coding === undefined) delete headers['content-type'];
    done(null, payload);
  };
  route.preParsing = [dropType, ...[route.preParsing ?? []].flat()];
}
