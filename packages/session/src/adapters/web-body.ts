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
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      const stop = (): void => {
        done();
        // Not an error: servers would log it, and there is nothing wrong.
        controller.close();
        reader.cancel(signal?.reason).catch(() => undefined);
      };
      if (signal?.aborted) stop();
      else signal?.addEventListener('abort', stop, { once: true });
    },
    async pull(controller) {
      const chunk = await reader.read().catch((error: unknown) => {
        done();
        throw error;
      });
      if (signal?.aborted) return;
      if (!chunk.done) {
        controller.enqueue(chunk.value);
        return;
      }
      done();
      controller.close();
    },
    async cancel(reason) {
      done();
      await reader.cancel(reason);
    },
  });
  return new Response(body, response);
}

export function isEventStream(response: Response): boolean {
  return response.headers.get('content-type')?.startsWith('text/event-stream') === true;
}
