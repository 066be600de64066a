import { latchkey, type NextSessions } from '@latchkey/session/next';
import { cookies, headers } from 'next/headers';
import { NextResponse } from 'next/server';

// An app of yours calls createFamilyApp or createAppAlone here; this one is given its app handler by the test that starts it.
const given = globalThis as unknown as { latchkeyHandler: Parameters<typeof latchkey>[0] };

export function sessions(): NextSessions {
  return latchkey(given.latchkeyHandler, { cookies, headers, NextResponse });
}
