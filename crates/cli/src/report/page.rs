//! The page around the charts.

use std::fmt::Write;

use super::chart::escape;

/// One figure at the top of the page.
#[derive(Debug, Clone)]
pub struct Tile {
    /// Name of the figure.
    pub label: String,
    /// The figure, with its unit.
    pub value: String,
    /// What it is made of or held against.
    pub detail: String,
    /// `good`, `bad` or empty: how it stands against its target.
    pub state: &'static str,
}

/// A chart or anything drawn, with a heading and a sentence.
#[derive(Debug, Clone)]
pub struct Section {
    /// Heading.
    pub title: String,
    /// What to see in it.
    pub note: String,
    /// SVG and legend, already escaped.
    pub drawing: String,
}

/// A table of text.
#[derive(Debug, Clone)]
pub struct Table {
    /// Heading.
    pub title: String,
    /// Column heads; the first column is text, the others numbers.
    pub head: Vec<String>,
    /// Rows.
    pub rows: Vec<Vec<String>>,
}

/// Everything on the page.
#[derive(Debug, Clone)]
pub struct Page {
    /// Title.
    pub title: String,
    /// Period, zone and source.
    pub subtitle: String,
    /// Figures at the top.
    pub tiles: Vec<Tile>,
    /// Charts.
    pub sections: Vec<Section>,
    /// Tables.
    pub tables: Vec<Table>,
    /// How the numbers came about.
    pub footer: String,
}

const STYLE: &str = "
:root{color-scheme:light dark;--bg:#fbfbf9;--card:#fff;--ink:#1d2330;--dim:#5d6573;--rule:#e3e4e0;--s0:#2463b4;--s1:#c2571a;--s2:#2e7d4f;--s3:#8a4aa0;--good:#1f7a45;--bad:#b3261e}
@media (prefers-color-scheme:dark){:root{--bg:#14171d;--card:#1c2028;--ink:#e7e9ee;--dim:#a0a8b6;--rule:#313742;--s0:#7db2f0;--s1:#f0a36b;--s2:#77c998;--s3:#cf9be0;--good:#7fd3a0;--bad:#ff8a80}}
*{box-sizing:border-box}body{margin:0;background:var(--bg);color:var(--ink);font:16px/1.45 system-ui,sans-serif}
main{max-width:1080px;margin:0 auto;padding:20px 16px 48px}h1{font-size:1.5rem;margin:0}h2{font-size:1.05rem;margin:0 0 2px}
p{margin:0;color:var(--dim);font-size:.92rem}.tiles{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(46%,215px),1fr));gap:10px;margin:18px 0}
.tile,.card{background:var(--card);border:1px solid var(--rule);border-radius:8px;padding:12px}.tile b{display:block;font-size:1.45rem;font-variant-numeric:tabular-nums}
.tile.good b{color:var(--good)}.tile.bad b{color:var(--bad)}.tile span{font-size:.85rem;color:var(--dim)}
.cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,400px),1fr));gap:12px}svg{width:100%;height:auto;display:block;margin-top:6px}
.grid{stroke:var(--rule)}.tick{fill:var(--dim);font:11px system-ui,sans-serif}.line{fill:none;stroke-width:2}.target{stroke:var(--dim);stroke-dasharray:4 4}
.s0{stroke:var(--s0)}.s1{stroke:var(--s1)}.s2{stroke:var(--s2)}.s3{stroke:var(--s3)}.cell{fill:var(--s0)}
.legend{display:flex;flex-wrap:wrap;gap:4px 14px;font-size:.85rem;color:var(--dim)}.legend i{display:inline-block;width:14px;height:3px;margin-right:5px;vertical-align:middle}
.b0{background:var(--s0)}.b1{background:var(--s1)}.b2{background:var(--s2)}.b3{background:var(--s3)}.bt{border-top:2px dashed var(--dim)}
.scroll{overflow-x:auto}table{border-collapse:collapse;width:100%;font-size:.9rem;font-variant-numeric:tabular-nums}th,td{padding:5px 8px;border-bottom:1px solid var(--rule);text-align:right;white-space:nowrap}
th:first-child,td:first-child{text-align:left}th{color:var(--dim);font-weight:600}.wide{margin-top:12px}footer{margin-top:18px}
";

impl Page {
    /// The page as one HTML text that needs nothing else.
    #[must_use]
    pub fn html(&self) -> String {
        let mut out = format!(
            "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width,initial-scale=1\"><title>{0}</title><style>{STYLE}</style></head><body><main><h1>{0}</h1><p>{1}</p>",
            escape(&self.title),
            escape(&self.subtitle)
        );
        out.push_str("<div class=\"tiles\">");
        for tile in &self.tiles {
            let _ = write!(
                out,
                "<div class=\"tile {}\"><span>{}</span><b>{}</b><span>{}</span></div>",
                tile.state,
                escape(&tile.label),
                escape(&tile.value),
                escape(&tile.detail)
            );
        }
        out.push_str("</div><div class=\"cards\">");
        for section in &self.sections {
            let _ = write!(
                out,
                "<section class=\"card\"><h2>{}</h2><p>{}</p>{}</section>",
                escape(&section.title),
                escape(&section.note),
                section.drawing
            );
        }
        out.push_str("</div>");
        for table in &self.tables {
            out.push_str(&table.html());
        }
        let _ = write!(out, "<footer><p>{}</p></footer></main></body></html>", escape(&self.footer));
        out
    }
}

impl Table {
    fn html(&self) -> String {
        let mut out = format!("<section class=\"card wide\"><h2>{}</h2><div class=\"scroll\"><table><thead><tr>", escape(&self.title));
        for head in &self.head {
            let _ = write!(out, "<th scope=\"col\">{}</th>", escape(head));
        }
        out.push_str("</tr></thead><tbody>");
        for row in &self.rows {
            out.push_str("<tr>");
            for cell in row {
                let _ = write!(out, "<td>{}</td>", escape(cell));
            }
            out.push_str("</tr>");
        }
        out + "</tbody></table></div></section>"
    }
}
