/** The web handler behind `/mounted`: says what it was asked, and sets two cookies. */
export async function mountedHandler(request: Request): Promise<Response> {
  const { method, url } = request;
  const body = await request.text();
  const headers = new Headers({ 'content-type': 'application/json' });
  headers.append('set-cookie', 'one=1; Path=/');
  headers.append('set-cookie', 'two=2; Path=/');
  const text = JSON.stringify({ method, url, body, type: request.headers.get('content-type') });
  return new Response(text, { status: 201, headers });
}
