/** Puts the pieces together in which answers arrive on a keep-alive connection that asks one thing at a time. */
export interface AnswerReader {
  /** The status once the whole answer is there, else null. Throws for an answer whose length is not stated. */
  push(chunk: Buffer): number | null;
}

const headEnd = '\r\n\r\n';

export function createAnswerReader(): AnswerReader {
  let arrived: Buffer | null = null;
  return {
    push(chunk) {
      arrived = arrived === null ? chunk : Buffer.concat([arrived, chunk]);
      const headLength = arrived.indexOf(headEnd);
      if (headLength === -1) return null;
      const head = arrived.toString('latin1', 0, headLength);
      const bodyLength = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
      if (bodyLength === undefined) throw new Error(`An answer without content-length:\n${head}`);
      if (arrived.length < headLength + headEnd.length + Number(bodyLength)) return null;
      arrived = null;
      return Number(head.slice(9, 12));
    },
  };
}
