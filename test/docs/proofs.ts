/** A file that runs a command, or what the command leads to, and a part of it that says so. */
interface Proof {
  readonly file: string
  readonly runs: string
}

// Nothing here runs containers: what these would start or apply is built, started and judged in other ways.
const image: Proof = { file: 'test/deploy/image.test.ts', runs: "build('doorward')" }
const imageChecks: Proof = { file: 'test/deploy/image.test.ts', runs: "command('check', '--offline')" }
const compose: Proof = {
  file: 'test/deploy/compose-demo.test.ts',
  runs: "readCompose('docker-compose.yml', 'docker-compose.demo.yml')",
}
const overlay: Proof = {
  file: 'test/deploy/renderings.ts',
  runs: "kustomize('example', 'deploy/kubernetes/overlays/example'",
}
const chart: Proof = { file: 'test/deploy/renderings.ts', runs: "const CHART = 'deploy/helm/doorward'" }
const secret: Proof = {
  file: 'test/deploy/kubernetes.test.ts',
  runs: "the Secret of the README has every key that the example's pods ask for",
}

/** What runs each command of the pages that `commands.test.ts` does not run itself. */
export const PROOFS: { readonly [command: string]: Proof } = {
  'npm run demo': { file: 'test/demo/start-demo.ts', runs: 'deploy/demo/main.ts' },
  'npm test': { file: '.ci/run', runs: 'npm test' },
  'npm ci': { file: '.ci/run', runs: 'npm ci' },
  'npm run build': {
    file: 'package.json',
    runs: '"test": "(test -d node_modules || npm ci) && npm run build && tsx test/compile.ts && cd .tests && tap build && tap"',
  },
  'npm run check': { file: '.ci/run', runs: 'npm run check' },
  'npm run bench': { file: '.ci/run', runs: 'npm run bench' },
  // Minutes of measuring, by hand: here only that the words are those of the program.
  'npm run bench -- rules': { file: 'test/bench/main.ts', runs: "args[0] === 'rules'" },
  'npm run bench -- publish': { file: 'test/bench/main.ts', runs: "args[0] === 'publish'" },
  'npm run bench -- sessions': { file: 'test/bench/main.ts', runs: "args[0] === 'sessions'" },
  'node dist/main.js keygen': { file: 'test/main.test.ts', runs: "run('keygen')" },
  'node dist/main.js schema': { file: 'test/main.test.ts', runs: "run('schema')" },
  'docker build -t doorward .': image,
  'docker compose build doorward': image,
  'docker compose run --rm --no-deps doorward check': imageChecks,
  'docker compose run --rm --no-deps doorward check --offline': imageChecks,
  'docker compose -f docker-compose.yml -f docker-compose.demo.yml up --build': compose,
  'docker compose up --detach': compose,
  'docker compose up --detach --force-recreate redis': {
    file: 'test/deploy/redis.test.ts',
    runs: 'every Redis of ours keeps its data',
  },
  'kubectl create namespace intranet': overlay,
  'kubectl --namespace intranet create secret generic doorward --from-literal=session-key="$(docker run --rm doorward:0.1.0 keygen)" --from-literal=redis-password="$(openssl rand -hex 32)" --from-file=acme-client-secret=acme-client-secret.txt --from-file=globex-client-secret=globex-client-secret.txt':
    secret,
  'kubectl --namespace intranet exec deploy/doorward --container doorward -- node /app/dist/main.js check --config /etc/doorward/config/doorward.yaml':
    { file: 'test/deploy/names.test.ts', runs: 'deploy/kubernetes/README.md' },
  'kubectl apply -k': overlay,
  'kubectl apply -k deploy/kubernetes/overlays/example': overlay,
  'kubectl kustomize': overlay,
  'kubectl rollout restart statefulset doorward-redis': {
    file: 'test/session/redis-adapter.test.ts',
    runs: 'a password that changes in its file is the one of the next connection',
  },
  'helm template': chart,
  'helm install intranet deploy/helm/doorward --values values.yaml': chart,
  'helm install intranet deploy/helm/doorward --namespace intranet --values values.yaml': chart,
}
