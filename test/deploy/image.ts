import { cpSync, mkdirSync, readdirSync, renameSync, statSync } from 'node:fs'
import { basename, join, relative } from 'node:path'
import { readDockerfile, type Stage, wordsOf } from './dockerfile.js'
import { readDockerignore } from './dockerignore.js'
import { copyTree } from './production-packages.js'

/** What a stage amounts to: a file tree and how it is run. Docker's own settings of the base image are not in it. */
export interface Image {
  /** The folder that stands for `/`. */
  readonly root: string
  readonly env: Readonly<Record<string, string>>
  readonly workdir: string
  readonly user: string | undefined
  readonly entrypoint: readonly string[]
  readonly command: readonly string[]
  readonly healthcheck: readonly string[]
  readonly stopsignal: string | undefined
}

interface Builder {
  /** The folder of the Dockerfile, its context. */
  readonly context: string
  /** An empty folder; each stage gets one below it. */
  readonly into: string
  /** Does what a RUN line says, in the folder that stands for its WORKDIR; throws for a line that it does not know. */
  readonly run: (line: string, folder: string) => void
}

type Draft = { -readonly [Key in keyof Image]: Image[Key] }

const NOTHING = { env: {}, workdir: '/', user: undefined, entrypoint: [], command: [] }

/** Builds the stages that `target` needs, with nothing but what COPY and RUN put there; the base image is left out. */
export function buildImage(target: string, builder: Builder): Image {
  const stages = readDockerfile(join(builder.context, 'Dockerfile'))
  const built = new Map<string, Image>()
  const build = (name: string): Image => {
    const stage = stages.find((candidate) => candidate.name === name)
    if (stage === undefined) throw new Error(`there is no stage ${name}`)
    const image = built.get(name) ?? buildStage(stage, stages, build, builder)
    built.set(name, image)
    return image
  }
  return build(target)
}

function buildStage(
  { name, from, instructions }: Stage,
  stages: readonly Stage[],
  build: (name: string) => Image,
  { context, into, run }: Builder,
): Image {
  const parent = stages.some((stage) => stage.name === from) ? build(from) : undefined
  const root = join(into, name)
  mkdirSync(root)
  if (parent !== undefined) copyTree(parent.root, root)
  const image: Draft = { ...NOTHING, healthcheck: [], stopsignal: undefined, ...parent, root }
  const isInContext = readDockerignore(join(context, '.dockerignore'))
  for (const { name, words, text, flags } of instructions) {
    const here = join(root, image.workdir)
    if (name === 'WORKDIR') image.workdir = text
    else if (name === 'COPY') {
      if (flags.from === undefined) copyFromContext(context, words, here, isInContext)
      else copyFolder(build(flags.from).root, words, here)
    } else if (name === 'RUN') run(text, here)
    else if (name === 'ENV') {
      const [key = '', value = ''] = text.split(/=(.*)/s)
      image.env = { ...image.env, [key]: value }
    } else if (name === 'USER') image.user = text
    else if (name === 'ENTRYPOINT') image.entrypoint = words
    else if (name === 'CMD') image.command = words
    else if (name === 'HEALTHCHECK') image.healthcheck = wordsOf(text.replace(/^CMD /, ''))
    else if (name === 'STOPSIGNAL') image.stopsignal = text
    else if (name !== 'EXPOSE') throw new Error(`this builder does not know ${name}`)
    mkdirSync(join(root, image.workdir), { recursive: true })
  }
  return image
}

// From another stage this Dockerfile copies folders only, and each once: moving it costs nothing.
function copyFolder(root: string, [from = '', to = '', ...more]: readonly string[], here: string): void {
  if (more.length > 0) throw new Error('this builder copies one folder at a time')
  renameSync(join(root, from), join(here, to))
}

// A folder's content is copied and not the folder; a file goes into a folder that ends with a slash.
function copyFromContext(
  context: string,
  words: readonly string[],
  here: string,
  isIncluded: (path: string) => boolean,
): void {
  const target = words.at(-1) ?? ''
  for (const word of words.slice(0, -1)) {
    if (!isIncluded(word)) throw new Error(`.dockerignore keeps ${word} out of the build`)
    const isIntoFolder = target.endsWith('/') && !statSync(join(context, word)).isDirectory()
    cpSync(join(context, word), join(here, target, isIntoFolder ? basename(word) : ''), {
      recursive: true,
      filter: (file) => isIncluded(relative(context, file)) || statSync(file).isDirectory(),
    })
  }
}

/** The files of a tree with size and time of change, and how much they are together, in bytes. */
export function inventory(root: string): { readonly files: readonly string[]; readonly bytes: number } {
  const paths = readdirSync(root, { recursive: true, encoding: 'utf8' }).sort()
  const stats = paths.map((path) => ({ path, stat: statSync(join(root, path)) }))
  return {
    files: stats.map(({ path, stat }) => `${path} ${stat.size} ${stat.mtimeMs}`),
    bytes: stats.reduce((sum, { stat }) => sum + (stat.isFile() ? stat.size : 0), 0),
  }
}
