import { createHash } from 'node:crypto';
import type { Family } from '@latchkey/session';
import { favicon } from './favicon.ts';
import { scriptPath, showPassword } from './show-password.ts';
import { baseStyle } from './style/base.ts';
import { formStyle } from './style/forms.ts';
import { listStyle } from './style/lists.ts';

/** A file that pages load. */
export interface Asset {
  /** Where it is served. */
  readonly path: string;
  /** How pages name it: with a mark of what is in it, so that browsers may keep it until it changes. */
  readonly href: string;
  readonly type: string;
  readonly body: string;
}

/** The files of all pages: one stylesheet, one small script that no page needs, a picture for the tab. */
export interface Assets {
  readonly style: Asset;
  readonly script: Asset;
  readonly icon: Asset;
}

export function createAssets({ color }: Family['brand']): Assets {
  const style = [baseStyle(color), formStyle, listStyle].join('');
  return {
    style: asset('/assets/latchkey.css', 'text/css; charset=utf-8', style),
    script: asset(scriptPath, 'text/javascript; charset=utf-8', showPassword),
    icon: asset('/assets/icon.svg', 'image/svg+xml', favicon(color)),
  };
}

function asset(path: string, type: string, body: string): Asset {
  const mark = createHash('sha256').update(body).digest('base64url').slice(0, 12);
  return { path, href: `${path}?${mark}`, type, body };
}

/** The answer to a request for it. */
export function assetAnswer({ type, body }: Asset): Response {
  return new Response(body, {
    headers: {
      'content-type': type,
      'cache-control': 'public, max-age=3600',
      'x-content-type-options': 'nosniff',
      'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'",
    },
  });
}
