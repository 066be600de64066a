import type { ReactNode } from 'react';

export const metadata = { title: 'Latchkey on Next.js' };

// Its sessions come with a test: nothing can be rendered while it is built.
export const dynamic = 'force-dynamic';

export default function Layout({ children }: { children: ReactNode }) {
  return (
    <html lang="en">
      <body>{children}</body>
    </html>
  );
}
