"""How audits look: one column, ink on paper. State is told by words, signs and rules, never by colour alone."""

from __future__ import annotations

import re

COLOURS = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]")
"""The escape codes terminals take for colours."""

CSS = """
:root { --ink: #111; --soft: #555; --line: #999; --wash: #f3f3f3; }
* { box-sizing: border-box; }
body {
  margin: 0; color: var(--ink); background: #fff;
  font: 15px/1.5 system-ui, "Segoe UI", "DejaVu Sans", sans-serif;
}
main { max-width: 860px; margin: 0 auto; padding: 32px 24px 64px; }
h1 { font-size: 26px; line-height: 1.2; margin: 24px 0 12px; }
h2 { font-size: 16px; margin: 20px 0 4px; border-bottom: 1px solid var(--line); }
p { margin: 4px 0; }
ul { margin: 4px 0; padding-left: 20px; }
li { overflow-wrap: anywhere; }
code, pre { font-family: ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace; font-size: 12.5px; }
pre { margin: 0; white-space: pre-wrap; overflow-wrap: anywhere; }
img, svg { max-width: 100%; }
.banner {
  display: flex; gap: 16px; align-items: flex-start; border: 2px solid var(--ink);
  padding: 12px 16px; margin: 8px 0 20px;
}
.banner .sign { font-size: 40px; line-height: 1; font-weight: 700; }
.banner strong { letter-spacing: .04em; }
.banner p, .banner li { overflow-wrap: anywhere; }
.facts { border-collapse: collapse; width: 100%; margin: 0 0 16px; }
.facts th { text-align: left; font-weight: 600; width: 190px; }
.facts th, .facts td {
  border-top: 1px solid var(--line); padding: 4px 8px 4px 0; vertical-align: top;
  overflow-wrap: anywhere;
}
.front { border-bottom: 3px double var(--ink); padding-bottom: 20px; margin-bottom: 24px; }
.front ul { list-style: none; padding-left: 0; }
.cell { margin: 22px 0; }
.evidence { border-left: 3px solid var(--line); padding: 2px 0 2px 12px; font-size: 13px; color: var(--ink); }
.evidence ul { list-style: none; padding-left: 0; margin: 2px 0 6px; color: #333; }
.evidence.flagged { border-left: 8px double var(--ink); background: var(--wash); padding-top: 6px; }
.code {
  display: grid; grid-template-columns: 44px 1fr; border: 1px solid var(--line); background: #fff;
  padding: 8px 10px;
}
.count { color: var(--soft); font: 12.5px/1.5 ui-monospace, "DejaVu Sans Mono", monospace; }
.outputs { border: 1px solid var(--line); border-top: 0; padding: 8px 10px 8px 54px; background: #fafafa; }
.outputs > * + * { margin-top: 8px; }
.error { border-left: 3px solid var(--ink); padding-left: 8px; }
.rich table, .text table { border-collapse: collapse; font-size: 13px; }
.rich td, .rich th, .text td, .text th { border: 1px solid #bbb; padding: 2px 8px; text-align: right; }
.lineage { display: block; margin: 8px 0; }
.lineage rect { fill: #fff; stroke: var(--ink); }
.lineage text { font: 12px ui-monospace, "DejaVu Sans Mono", monospace; text-anchor: middle; fill: var(--ink); }
.lineage .after { fill: none; stroke: var(--ink); stroke-width: 1.2; stroke-dasharray: 4 3; }
.lineage .edge { fill: none; stroke: var(--ink); stroke-width: 1.2; }
a { color: inherit; }
@media print {
  @page {
    margin: 18mm 16mm;
    @bottom-left { content: "jupyter-mlsec audit"; font: 8pt sans-serif; }
    @bottom-right { content: counter(page) " of " counter(pages); font: 8pt sans-serif; }
  }
  body { font-size: 10.5pt; }
  main { max-width: none; padding: 0; }
  .front { break-after: page; border-bottom: 0; }
  .evidence, .banner, .facts tr, .rich, img, svg { break-inside: avoid; }
  .evidence, h1, h2 { break-after: avoid; }
  .outputs, .evidence.flagged { background: none; }
}
"""
