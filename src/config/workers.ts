import { availableParallelism } from 'node:os'
import * as z from 'zod'
import { sayWhenGiven } from './fields.js'

const MOST = 256
const SHAPE = `must be auto or a whole number from 1 to ${MOST}`

/** How many processes serve: a number, or `auto`. */
export const workers = z
  .union([z.number(), z.string()], { error: sayWhenGiven(SHAPE) })
  .transform((written, context): number | 'auto' => {
    if (written === 'auto') return written
    const count = typeof written === 'number' || /^\d{1,3}$/.test(written) ? Number(written) : Number.NaN
    if (Number.isInteger(count) && count >= 1 && count <= MOST) return count
    context.addIssue({ code: 'custom', message: SHAPE, input: written })
    return z.NEVER
  })
  .meta({ title: 'number or auto' })

/** The number; `auto` is as many as the machine lets this process run at once. */
export const countWorkers = (written: z.output<typeof workers>): number =>
  written === 'auto' ? availableParallelism() : written
