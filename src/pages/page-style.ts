/**
 * The one style sheet of every page. System fonts and inline only: a refusal must look right when nothing
 * else of the site can be loaded. Text keeps a contrast of at least 4.5:1 in both colour schemes.
 */
export const PAGE_STYLE = `
:root {
  color-scheme: light dark;
  --ground: #f3f4f7; --card: #ffffff; --line: #e1e4eb; --shadow: 0 1px 2px #1018280a, 0 12px 32px -8px #1018281f;
  --text: #171b26; --soft: #535b6c; --accent: #2f4fc4; --accent-hover: #26419f; --on-accent: #ffffff; --tint: #eef1fc;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #0f1218; --card: #191d26; --line: #2b313d; --shadow: 0 12px 32px -8px #00000080;
    --text: #eef0f5; --soft: #a4acbb; --accent: #a9bbff; --accent-hover: #c4d0ff; --on-accent: #121a38; --tint: #242b40;
  }
}
* { box-sizing: border-box; margin: 0; }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
body {
  min-height: 100vh; min-height: 100dvh; display: grid; grid-template-columns: minmax(0, 27rem);
  place-content: center; padding: 1.25rem; background: var(--ground); color: var(--text);
  font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif;
}
main {
  padding: clamp(1.5rem, 7vw, 2.5rem); background: var(--card); border: 1px solid var(--line);
  border-radius: 1rem; box-shadow: var(--shadow); overflow-wrap: anywhere;
}
svg {
  display: block; width: 3rem; height: 3rem; padding: .5rem; margin-bottom: 1.5rem;
  border-radius: .75rem; background: var(--tint); color: var(--accent);
}
h1 { font-size: 1.5rem; line-height: 1.25; font-weight: 650; letter-spacing: -.015em; text-wrap: balance; }
p { margin-top: .75rem; color: var(--soft); text-wrap: pretty; }
a {
  display: inline-block; margin-top: 1.5rem; padding: .625rem 1.25rem; border-radius: .625rem;
  background: var(--accent); color: var(--on-accent); font-weight: 600; text-decoration: none;
}
a:hover { background: var(--accent-hover); }
a:focus-visible { outline: 3px solid var(--accent); outline-offset: 3px; }
.reference { margin-top: 1.75rem; padding-top: 1rem; border-top: 1px solid var(--line); font-size: .8125rem; }
code { font: 1em ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; user-select: all; }
@media (forced-colors: active) { a { border: 1px solid; } }
`
