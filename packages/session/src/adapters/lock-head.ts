import type { ServerResponse } from 'node:http';
import { isHttp2 } from '../http/response-head.ts';

/** What changes a head. */
const setters = ['setHeader', 'setHeaders', 'appendHeader', 'removeHeader'] as const;

/**
 * Makes the head of a response look sent, as it would be had it not been held back: changes throw as Node's do, which is how an
 * app learns that it answers twice. `hasEnded` says whether the end was asked for as well. The returned function undoes
 * it, and gives status and message back as they were.
 */
export function lockHead(outgoing: ServerResponse, hasEnded: () => boolean): () => void {
  const { statusCode } = outgoing;
  const statusMessage = isHttp2(outgoing) ? null : outgoing.statusMessage;
  const refuse = (): never => {
    throw headSent(outgoing);
  };
  const restores = [
    overlay(outgoing, 'headersSent', { get: () => true }),
    overlay(outgoing, 'writableEnded', { get: hasEnded }),
    ...setters.map((name) => overlay(outgoing, name, { value: refuse, writable: true })),
  ];
  return () => {
    for (const restore of restores) restore();
    if (outgoing.statusCode !== statusCode) outgoing.statusCode = statusCode;
    if (statusMessage !== null && outgoing.statusMessage !== statusMessage) {
      outgoing.statusMessage = statusMessage;
    }
  };
}

/** The error that Node throws for a head that is changed after it was sent. */
export function headSent(outgoing: ServerResponse): Error {
  return isHttp2(outgoing)
    ? coded('ERR_HTTP2_HEADERS_SENT', 'Response has already been initiated.')
    : coded('ERR_HTTP_HEADERS_SENT', 'Cannot set headers after they are sent to the client');
}

function coded(code: 'ERR_HTTP2_HEADERS_SENT' | 'ERR_HTTP_HEADERS_SENT', message: string): Error {
  return Object.assign(new Error(message), { code });
}

/** Lies over a property of an object; the returned function takes it away. */
function overlay(target: object, name: string, property: PropertyDescriptor): () => void {
  const before = Object.getOwnPropertyDescriptor(target, name);
  Object.defineProperty(target, name, { ...property, configurable: true });
  return () => {
    if (before === undefined) Reflect.deleteProperty(target, name);
    else Object.defineProperty(target, name, before);
  };
}
