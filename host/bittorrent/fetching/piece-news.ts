/** News of verified pieces: the first is told at once, and those that come shortly after it together. */

const BATCH_MS = 15;

export interface PieceNews {
  add(piece: number): void;
  /** Tells at once what was held back. */
  flush(): void;
}

export function createPieceNews(tell: (pieces: number[]) => void): PieceNews {
  let batch: number[] = [];
  let isResting = false;

  function flush(): void {
    const pieces = batch;
    batch = [];
    if (pieces.length > 0) tell(pieces);
  }

  function round(): void {
    isResting = batch.length > 0;
    flush();
    if (isResting) setTimeout(round, BATCH_MS);
  }

  return {
    add(piece) {
      batch.push(piece);
      if (!isResting) round();
    },
    flush,
  };
}
