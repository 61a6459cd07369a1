type Handler = (request: Request) => Response | Promise<Response>;

/**
 * Lets so many questions (`POST`) be answered at a time; the others wait for their turn. A turn ends with the
 * answer's body.
 */
export function limitParallel(handler: Handler, limit: number): Handler {
  const waiting: (() => void)[] = [];
  let running = 0;
  const leave = () => {
    running--;
    waiting.shift()?.();
  };
  return async function limited(request) {
    if (request.method !== "POST") return await handler(request);
    while (running >= limit) await new Promise<void>((resolve) => waiting.push(resolve));
    running++;
    let left = false;
    const leaveOnce = () => {
      if (!left) leave();
      left = true;
    };
    try {
      const response = await handler(request);
      if (response.body === null) {
        leaveOnce();
        return response;
      }
      return new Response(whenEnded(response.body, leaveOnce), response);
    } catch (error) {
      leaveOnce();
      throw error;
    }
  };
}

/** A body that says when it was read to its end, was cut, or is wanted no more. */
function whenEnded(body: ReadableStream<Uint8Array>, ended: () => void): ReadableStream<Uint8Array> {
  const reader = body.getReader();
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        const { done, value } = await reader.read();
        if (!done) return controller.enqueue(value);
        ended();
        controller.close();
      } catch (error) {
        ended();
        controller.error(error);
      }
    },
    cancel(reason) {
      ended();
      return reader.cancel(reason);
    },
  }, { highWaterMark: 0 });
}
