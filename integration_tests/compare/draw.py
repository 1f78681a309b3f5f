"""The pictures of the page, out of results.json: draw.py RESULTS FOLDER. It runs where pygal is, peers/page.txt."""

import hashlib
import json
import sys
from pathlib import Path

import pygal
from pygal.style import Style

# Narrow, with large letters: a telephone shows the whole width.
WIDTH = 480
# What stands out on white and on black alike; letters follow the reader's colours.
COLOURS = {"one": ["#2f81f7"], "three": ["#2f9e44", "#e8a10c", "#e03131"]}
LIGHT_AND_DARK = """inline:
text { fill: #1f2328 !important; }
.graph > .background { fill: #ffffff !important; }
.guides, .axis path { stroke: #8b949e !important; }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3 !important; }
  .graph > .background { fill: #0d1117 !important; }
}
"""


def chart(kind, title, colours, height):
    """An empty chart in the one look of all."""
    style = Style(
        background="transparent",
        plot_background="transparent",
        colors=colours,
        font_family="sans-serif",
        title_font_size=17,
        label_font_size=15,
        major_label_font_size=15,
        legend_font_size=15,
        opacity="1",
    )
    options = {
        "width": WIDTH,
        "height": height,
        "explicit_size": False,
        "title": title,
        "show_x_guides": False,
        "show_y_guides": False,
        "legend_at_bottom": True,
        "legend_box_size": 14,
        "js": [],
        "truncate_label": -1,
        "truncate_legend": -1,
        "pretty_print": True,
        "disable_xml_declaration": True,
        "no_prefix": True,
        "margin": 8,
        "margin_right": 24,
    }
    drawn = kind(style=style, css=[*pygal.Config.css.value, LIGHT_AND_DARK], **options)
    drawn.add_xml_filter(without_scripts)
    return drawn


def without_scripts(root):
    """The same picture; a page that shows it as an image would not run them anyway."""
    for parent in list(root.iter()):
        for child in list(parent):
            if str(child.tag).endswith("script"):
                parent.remove(child)
    return root


def bars(runs, title, field, shown):
    """One bar a contender, its number beside its name: beside a short bar there is no room."""
    drawn = chart(pygal.HorizontalBar, title, COLOURS["one"], 190)
    drawn.show_legend = False
    drawn.show_x_labels = False
    # The first label stands at the bottom.
    drawn.x_labels = [f"{run['contender']}: {shown(run[field])}" for run in reversed(runs)]
    drawn.add("", [run[field] for run in reversed(runs)])
    return drawn


def rows(runs, title):
    """What a table holds after each run: shares of right, wrong and lost rows."""
    drawn = chart(pygal.HorizontalStackedBar, title, COLOURS["three"], 140 + 26 * len(runs))
    drawn.range = (0, 100)
    drawn.y_labels = [{"value": share, "label": f"{share} %"} for share in (0, 50, 100)]
    drawn.legend_at_bottom_columns = 1
    drawn.x_labels = [f"{run['contender']}, {run['step']}" for run in reversed(runs)]
    for field in ("right", "wrong", "lost"):
        drawn.add(field, [100 * run[field] / run["expected"] for run in reversed(runs)])
    return drawn


def afterwards(runs):
    """One entry for each sync without faults, and one for all with them."""
    struck = [run for run in runs if run["scenario"] == "faults"]
    fields = ("right", "wrong", "lost", "expected")
    together = [{**struck[0], "step": "with faults", **{f: sum(run[f] for run in struck) for f in fields}}] if struck else []
    return [run for run in runs if run["scenario"] == "quiet"] + together


def main(results, folder):
    text = results.read_bytes()
    runs = json.loads(text)["runs"]
    firsts = [run for run in runs if run["step"] == "first sync" and "`" not in run["contender"]]
    quiet, many, slow = ([run for run in firsts if run["scenario"] == name] for name in ("quiet", "many", "slow"))
    names = [name for name in dict.fromkeys(r["contender"] for r in runs) if "`" not in name]
    judged = [entry for name in names for entry in afterwards([r for r in runs if r["contender"] == name])]
    pictures = {
        "cpu": bars(quiet, "CPU of a first sync", "cpu", lambda s: f"{s:.2f} s"),
        "memory": bars(quiet, "memory at its peak", "mib", lambda m: f"{m:.0f} MiB"),
        "requests": bars(many, "requests of an agency's first sync", "requests", lambda n: f"{n:,}"),
        "time": bars(slow, "time at 200 ms and 10 requests a second", "seconds", lambda s: f"{s:.0f} s"),
        "rows": rows(judged, "rows afterwards, of those there should be"),
    }
    folder.mkdir(exist_ok=True)
    # A test looks for it, so that no picture is of other results.
    mark = f"<!-- of results.json {hashlib.sha256(text).hexdigest()} -->\n"
    for name, picture in pictures.items():
        (folder / f"{name}.svg").write_text(picture.render(is_unicode=True) + "\n" + mark, encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
