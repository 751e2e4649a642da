import { AggregatorRegistry, type Registry } from 'prom-client'

/** Adds up what several registries have said (`getMetricsAsJSON`), each figure in its own way. */
export const sumFigures = (parts: readonly unknown[]): Registry =>
  AggregatorRegistry.aggregate(parts as object[])
