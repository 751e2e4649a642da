export const drawConcurrency = (points: readonly object[]): string => String(points.length)
