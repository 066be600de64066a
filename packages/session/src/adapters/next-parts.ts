import { parseSetCookie } from 'cookie';

/** What Next.js 16 has for it: `headers` and `cookies` of `next/headers`, `NextResponse` of `next/server`. */
export interface NextParts {
  headers(): Promise<{ get(name: string): string | null }>;
  cookies(): Promise<{ set(cookie: NextCookie): unknown }>;
  readonly NextResponse: { next(): Response };
}

/** A cookie as Next's `cookies().set()` takes it. */
export interface NextCookie {
  readonly name: string;
  readonly value: string;
  readonly path?: string;
  readonly domain?: string;
  readonly maxAge?: number;
  readonly httpOnly?: boolean;
  readonly secure?: boolean;
  readonly sameSite?: 'lax' | 'strict';
}

/** Cookies stand in Next's own jar where Next makes the answer. */
export async function setCookies(lines: readonly string[], next: NextParts): Promise<void> {
  if (lines.length === 0) return;
  const jar = await next.cookies();
  for (const line of lines) jar.set(nextCookie(line));
}

function nextCookie(line: string): NextCookie {
  const {
    name,
    value = '',
    path,
    domain,
    maxAge,
    httpOnly,
    secure,
    sameSite,
  } = parseSetCookie(line);
  return {
    name,
    value,
    httpOnly: httpOnly === true,
    secure: secure === true,
    ...(path === undefined ? {} : { path }),
    ...(domain === undefined ? {} : { domain }),
    ...(maxAge === undefined ? {} : { maxAge }),
    ...(sameSite === 'lax' || sameSite === 'strict' ? { sameSite } : {}),
  };
}
