import { writeSync } from 'node:fs'
import { sharedClock } from './metronome.js'

const [interval = 0, ticks = 0] = process.argv.slice(2).map(Number)
const nobody = new Int32Array(new SharedArrayBuffer(4))
const begun = sharedClock() + interval

for (let tick = 0; tick < ticks; tick++) {
  const due = begun + tick * interval
  const left = due - sharedClock()
  if (left > 0) Atomics.wait(nobody, 0, 0, left)
  writeSync(process.stdout.fd, `${due}\n`)
}
