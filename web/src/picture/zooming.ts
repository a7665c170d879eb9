/** How much a key or a button zooms. */
export const CLOSER = 1.5;
export const FARTHER = 1 / CLOSER;
