/** What a body under way is bound to. */
export interface BodyBinding {
  /** The body ends when it fires. Absent: it goes on to its own end. */
  readonly signal?: AbortSignal;
  /** Called once when the body was read to its end, broke, or nobody wants it any more. */
  done(): void;
}

/** The same response, with its body bound. */
export function boundBody(response: Response, { signal, done }: BodyBinding): Response {
  if (response.body === null) {
    done();
    return response;
  }
  const reader = response.body.getReader();
  let isOver = false;
  let stop = (): void => undefined;
  const over = (): void => {
    if (isOver) return;
    isOver = true;
    signal?.removeEventListener('abort', stop);
    done();
  };
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      stop = () => {
        over();
        // Not an error: servers would log it, and there is nothing wrong.
        controller.close();
        reader.cancel(signal?.reason).catch(() => undefined);
      };
      if (signal?.aborted) stop();
      else signal?.addEventListener('abort', stop, { once: true });
    },
    async pull(controller) {
      const chunk = await reader.read().catch((error: unknown) => {
        over();
        throw error;
      });
      // Closed by the signal, or let go by whoever read it.
      if (isOver) return;
      if (!chunk.done) {
        controller.enqueue(chunk.value);
        return;
      }
      over();
      controller.close();
    },
    async cancel(reason) {
      over();
      await reader.cancel(reason);
    },
  });
  return new Response(body, response);
}

export function isEventStream(response: Response): boolean {
  return response.headers.get('content-type')?.startsWith('text/event-stream') === true;
}
