"""The films: what a film holds as numbers, and that each shows what its chapter says."""

import json
import re
from html.parser import HTMLParser
from importlib import import_module
from xml.etree import ElementTree

import matplotlib.pyplot as plt
import numpy as np
import pytest
import shift
from book import ROOT, alt_of, notebooks, read
from matplotlib.colors import to_hex
from scipy.spatial.distance import cdist

from tlbook import plot
from tlbook._films import intro
from tlbook.film import BYTES, GRID, Film, film, film_of

NAMES = sorted(
    path.stem
    for path in (ROOT / "tlbook" / "_films").glob("*.py")
    if path.stem != "__init__"
)
PAGES = {
    path.relative_to(ROOT / "chapters")
    .with_suffix("")
    .as_posix()
    .replace("/", "_")
    for path in (ROOT / "chapters").rglob("*.*")
}
FRAMES = ["first", "second", "third"]


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


def small():
    """Return a film of three frames with a panel from 0 to 10."""
    whole = Film("What moves", FRAMES, "A film of three frames and one panel.")
    return whole, whole.panel("plane", (0, 10), (0, 10))


def layers(whole):
    return json.loads(whole.json())["panels"][0]["layers"]


# --- A film as numbers ---------------------------------------------------------------------------


def test_what_is_constant_stands_once():
    whole, plane = small()
    plane.points([[0, 0], [5, 10]], "source", size=2, hollow=[False, True])
    (layer,) = layers(whole)
    assert layer["at"] == [[0, 0, GRID // 2, GRID]]
    assert layer["size"] == [[20, 20]]
    assert layer["hollow"] == "01"
    assert (layer["kind"], layer["look"]) == ("points", "source")


def test_what_moves_stands_frame_by_frame():
    whole, plane = small()
    plane.points(
        [[[0, 0]], [[1, 2]], [[2.5, 4]]], "target", size=[[1], [2], [3.3]]
    )
    plane.line(np.zeros((3, 2, 2)))
    plane.arrow((0, 0), [[1, 1], [2, 2], [3, 3]])
    plane.text((5, 5), FRAMES, "target")
    points, line, arrow, text = layers(whole)
    assert points["at"] == [[0, 0], [100, 200], [250, 400]]
    assert points["size"] == [[10], [20], [33]]
    assert len(line["at"]) == 3
    assert arrow["at"] == [[0, 0, 100, 100], [0, 0, 200, 200], [0, 0, 300, 300]]
    assert (text["words"], text["at"]) == (FRAMES, [[500, 500]])


def test_a_field_lies_below_all_and_has_signs():
    whole, plane = small()
    plane.points([[0, 0]], "source")
    plane.field([[1.0, -2.0, 0.5], [0.0, 0.0, -1.0]])
    field, _ = layers(whole)
    assert (field["kind"], field["rows"]) == ("field", 2)
    assert field["at"] == [[9, -9, 4, 0, 0, -9]]


def test_axes_are_named():
    whole = Film(
        "What moves", FRAMES, "A film of three frames and one panel.", still=1
    )
    whole.panel(
        "errors",
        (0, 4),
        (0, 50),
        xlabel="epoch",
        xticks={2: "two"},
        yticks={50: "50"},
    )
    record = json.loads(whole.json())
    (panel,) = record["panels"]
    assert panel["xticks"] == [[500, "two"]]
    assert panel["yticks"] == [[1000, "50"]]
    assert (panel["xlabel"], panel["ylabel"]) == ("epoch", "")
    assert (record["still"], record["frames"], record["title"]) == (
        1,
        FRAMES,
        "What moves",
    )
    assert record["alt"].startswith("A film")


def test_the_last_frame_is_the_still():
    whole, _ = small()
    assert json.loads(whole.json())["still"] == 2


@pytest.mark.parametrize(
    ("do", "message"),
    [
        (
            lambda p: p.points(np.zeros((2, 4, 2)), "source"),
            r"nor one for each of 3 frames",
        ),
        (
            lambda p: p.points(np.zeros(4), "source"),
            r"shape \(1, 4\)|shape \(4,\)",
        ),
        (lambda p: p.points([[0, np.nan]], "source"), r"not finite"),
        (
            lambda p: p.points([[0, 0]], "source", size=[1, 2]),
            r"1 points need as many sizes",
        ),
        (
            lambda p: p.points([[0, 0]], "source", hollow=[True, False]),
            r"as many sizes",
        ),
        (
            lambda p: p.text((0, 0), ["a", "b"]),
            r"2 words are neither one nor one a frame",
        ),
    ],
)
def test_what_does_not_fit_the_frames_is_refused(do, message):
    _, plane = small()
    with pytest.raises(ValueError, match=message):
        do(plane)


def test_a_film_has_words_frames_and_room():
    with pytest.raises(ValueError, match=r"alt text must say"):
        Film("What moves", FRAMES, "short")
    with pytest.raises(ValueError, match=r"two frames at least"):
        Film("What moves", ["one"], "A film of one frame and one panel.")
    whole, plane = small()
    with pytest.raises(ValueError, match=r"400 is too wide"):
        whole.panel("wide", (0, 1), (0, 1), width=400)
    plane.points(np.full((3, 20_000, 2), 5.0), "source")
    with pytest.raises(ValueError, match=rf"more than {BYTES}: take fewer"):
        whole.json()


def test_the_still_shows_its_frame():
    whole, plane = small()
    whole.still = 1
    plane.field(np.ones((2, 2)))
    plane.points([[[0, 0]], [[1, 2]], [[2, 4]]], "target", hollow=[True])
    plane.line([[0, 0], [1, 1]], "old")
    plane.text((5, 5), FRAMES, "source")
    plane.arrow((0, 0), (1, 1))
    plane.key()
    fig = whole.picture()
    (ax,) = fig.axes
    (points,) = ax.collections
    np.testing.assert_array_equal(points.get_offsets(), [[1, 2]])
    assert to_hex(points.get_edgecolors()[0]) == plot.ORANGE
    assert to_hex(points.get_facecolors()[0]) == "#ffffff"
    assert ax.lines[0].get_linestyle() == "--"
    said = [text.get_text() for text in ax.texts]
    assert "second" in said
    assert {"● source", "▲ target"} < set(said)
    assert fig.get_suptitle() == "second"
    assert ax.get_xlim() == ax.get_ylim() == (0, 10)


# --- The films of the book -----------------------------------------------------------------------


@pytest.fixture(scope="module")
def made():
    return {name: film_of(name) for name in NAMES}


@pytest.mark.parametrize("name", NAMES)
def test_a_film_is_small_and_has_its_page(made, name):
    assert name in PAGES, f"no page for tlbook/_films/{name}.py: take it out"
    record = json.loads(made[name].json())
    assert len(record["frames"]) > 10
    moving = [
        len(layer["at"])
        for panel in record["panels"]
        for layer in panel["layers"]
    ]
    assert set(moving) <= {1, len(record["frames"])}
    assert max(moving) > 1


@pytest.mark.parametrize("name", NAMES)
def test_the_still_of_a_film_is_small(made, name, tmp_path):
    path = tmp_path / "still.png"
    made[name].picture().savefig(path)
    assert path.stat().st_size < 100_000


def of_chapter(name):
    """Leave a test out where its chapter was taken out, by `make drop`."""
    return pytest.mark.skipif(name not in NAMES, reason=f"{name} was taken out")


def module(name):
    return import_module(f"tlbook._films.{name}")


def frames_of(whole, panel, kind, which=0):
    """Return the places of the layer of a kind, (frames, n, 2)."""
    found = [one for one in whole.panels[panel].layers if one["kind"] == kind]
    return found[which]["at"]


def numbers(whole):
    """Return the numbers in the words of the frames."""
    return np.array(
        [[float(v) for v in re.findall(r"-?\d+\.?\d*", f)] for f in whole.frames]
    )


@of_chapter("instance_kmm")
def test_kmm_the_weights_grow_and_the_errors_fall(made):
    whole = made["instance_kmm"]
    bound, size, _, errors = numbers(whole).T
    assert np.all(np.diff(bound) > 0)
    assert size[0] > 0.9 * 250
    assert size[-1] < size[0] / 4
    assert errors[-1] < errors[0] - 4
    radii = whole.panels[0].layers[0]["size"]
    assert np.mean(radii[0] > 0.95 * radii[0].max()) > 0.9  # all alike
    assert np.mean(radii[-1] < radii[-1].max() / 4) > 0.5
    assert bound[0] == 1
    assert module("instance_kmm").BOUNDS[-1] == pytest.approx(bound[-1])


@of_chapter("feature_subspace_alignment")
def test_subspace_alignment_turns_the_axes_and_then_shortens_them(made):
    whole = made["feature_subspace_alignment"]
    gaps = numbers(whole)[:, -1]
    assert np.all(np.diff(gaps) <= 0)
    assert gaps[0] > 4
    assert gaps[-1] < 0.5
    part = module("feature_subspace_alignment")
    Xs, Xt, y = part.two_domains()
    read = frames_of(whole, 1, "points", 0)
    (here,) = frames_of(whole, 1, "points", 1)
    _, _, source = np.linalg.svd(Xs, full_matrices=False)
    _, _, target = np.linalg.svd(Xt, full_matrices=False)
    # the last frame is (2): of the source what its plane holds, in the target's axes
    aligned = Xs @ source[:2].T @ source[:2] @ target[:2].T
    flip = np.sign(np.sum(here * (Xt @ target[:2].T), axis=0))
    np.testing.assert_allclose(read[-1], aligned * flip, atol=1e-9)
    # before the turn the classes do not agree, after it they do
    wrong = [
        np.mean(y[cdist(here, at).argmin(axis=1)] != y)
        for at in (read[0], read[-1])
    ]
    assert wrong[0] > 0.3
    assert wrong[-1] < 0.05


@of_chapter("instance_density_ratio")
def test_ulsif_the_left_out_samples_choose_a_width_that_new_ones_like(made):
    whole = made["instance_density_ratio"]
    width, left_out, new = numbers(whole).T
    assert np.all(np.diff(width) < 0)
    best = np.argmin(left_out)
    assert 2 < best < len(width) - 5
    assert new[best] < new.min() + 0.02
    assert min(new[0], new[-1]) > new[best] + 0.1
    ratio, truth = (frames_of(whole, 0, "line", i)[..., 1] for i in (1, 0))
    off = np.abs(ratio - truth).mean(axis=1)
    assert off[best] < min(off[0], off[-1])
    assert np.abs(np.diff(ratio[-1])).sum() > 3 * np.abs(np.diff(truth[0])).sum()
    assert whole.still == best


@of_chapter("instance_label_shift")
def test_em_finds_the_share_and_the_border_yields_to_it(made):
    whole, em = made["instance_label_shift"], module("instance_label_shift")
    path = frames_of(whole, 1, "line", 1)[0]
    found = path[:, 1]
    assert found[0] == 0.5
    assert np.all(np.diff(found) < 0)
    assert abs(found[-1] - em.RARE) < 0.01
    _, share, errors = numbers(whole)[:, [0, 1, -1]].T
    np.testing.assert_allclose(share, 100 * found, atol=0.51)
    assert errors[-1] < errors[0] - 5
    old, moving = (frames_of(whole, 0, "line", i) for i in (0, 1))
    np.testing.assert_array_equal(old[0], moving[0])
    assert np.all(moving[-1, :, 0] > old[0, :, 0] + 0.5)  # towards class 1


@of_chapter("feature_tca")
def test_tca_turns_from_the_gap_to_where_the_means_agree(made):
    whole = made["feature_tca"]
    Xs, Xt, _ = module("feature_tca").two_domains()
    line = frames_of(whole, 0, "line")
    way = line[:, 1] - line[:, 0]
    way /= np.linalg.norm(way, axis=1)[:, None]
    gap = np.abs(way @ (Xs.mean(axis=0) - Xt.mean(axis=0)))
    assert np.all(np.diff(gap) < 1e-9)  # falls with mu
    assert gap[0] > 0.9 * np.linalg.norm(Xs.mean(axis=0) - Xt.mean(axis=0))
    assert gap[-1] < 0.01
    _, _, axes = np.linalg.svd(np.vstack([Xs, Xt]), full_matrices=False)
    # a large mu is principal component analysis
    assert abs(way[0] @ axes[0]) > 0.999
    mapped = [
        frames_of(whole, 1, "points", i)[..., 0].mean(axis=1) for i in (0, 1)
    ]
    np.testing.assert_allclose(np.abs(mapped[0] - mapped[1]), gap, atol=1e-9)
    np.testing.assert_allclose(numbers(whole)[:, -1], gap, atol=0.006)


def test_the_front_page_shifts_fails_and_adapts(made):
    errors = numbers(made["intro"])[:, 0]
    assert errors[0] < 5
    assert errors[intro.GROWING - 1] > 30
    assert np.all(np.diff(errors[: intro.GROWING]) >= 0)
    assert errors[-1] < 5
    sources = frames_of(made["intro"], 0, "points")
    # what was learned stays
    assert np.ptp(sources[: intro.GROWING], axis=0).max() == 0
    targets = frames_of(made["intro"], 0, "points", 1)
    # then the source moves
    assert np.ptp(targets[intro.GROWING - 1 :], axis=0).max() == 0
    np.testing.assert_allclose(
        targets[0].mean(axis=0), sources[0].mean(axis=0), atol=0.4
    )


@of_chapter("relation_inference")
def test_messages_come_to_rest_on_a_chain_and_come_back_on_a_ring(made):
    from tlbook.relation.logic.exact import exact_marginals

    whole, bp = made["relation_inference"], module("relation_inference")
    _, chain, ring = numbers(whole).T
    assert np.all(chain[bp.PEOPLE - 1 :] == 0)
    assert ring[bp.PEOPLE - 1] < 0.01 < 0.09 < ring[-1]
    for panel, on_ring in zip(whole.panels, (False, True), strict=True):
        truth = exact_marginals(bp.network(on_ring))
        said = [one["words"] for one in panel.layers if one["kind"] == "text"]
        last = np.array([float(words[-1]) for words in said[::2]])
        stands = np.array([float(words[0].split()[1]) for words in said[1::2]])
        np.testing.assert_allclose(stands, truth, atol=0.0051)
        if on_ring:
            assert np.all(last > truth + 0.05)
        else:
            np.testing.assert_allclose(last, truth, atol=0.0051)
        arrows = [one["at"] for one in panel.layers if one["kind"] == "arrow"]
        long = np.linalg.norm([a[:, 1] - a[:, 0] for a in arrows], axis=-1)
        assert long[:, 0].max() < 0.05  # nothing is said yet
        assert long[:, -1].min() > 5 * long[:, 0].max()


@of_chapter("deep_dann")
def test_dann_hides_the_domain_and_the_plain_network_does_not(made):
    whole = made["deep_dann"]
    assert (
        len(whole.frames)
        == module("deep_dann").EPOCHS // module("deep_dann").EVERY
    )
    belief = [
        np.abs(panel.layers[0]["at"]).mean(axis=(1, 2)) for panel in whole.panels
    ]
    assert belief[0][-1] > 2 * belief[1][-1]
    gaps = []
    for panel in whole.panels:
        said = next(one["words"] for one in panel.layers if one["kind"] == "text")
        gaps.append(
            [float(re.search(r"loss of D (\S+),", one)[1]) for one in said]
        )
    assert abs(gaps[0][0] - gaps[1][0]) < 0.1  # they begin alike
    assert gaps[0][-1] < 0.5
    assert gaps[1][-1] > 0.6


@of_chapter("deep_dan")
def test_dan_closes_the_distance_that_plain_training_opens(made):
    whole = made["deep_dan"]
    words = [
        re.findall(r"MMD² (\S+) without, (\S+) with", f)[0] for f in whole.frames
    ]
    plain, adapted = np.array(words, float).T
    assert abs(plain[0] - adapted[0]) < 0.1  # they begin alike
    assert plain[-1] > 1.5 * plain[0]
    assert adapted[-1] < adapted[0] / 5
    curves = [frames_of(whole, 2, "line", i)[-1, :, 1] for i in (0, 1)]
    np.testing.assert_allclose(curves, [plain, adapted], atol=0.006)
    last = [
        next(one["words"] for one in panel.layers if one["kind"] == "text")[-1]
        for panel in whole.panels[:2]
    ]
    right = [float(re.search(r"target (\d+) %", one)[1]) for one in last]
    assert right[0] < 70
    assert right[1] > 90


@of_chapter("since_optimal_transport")
def test_the_plan_sharpens_and_the_classes_part_first(made):
    whole = made["since_optimal_transport"]
    weight, cost, places = numbers(whole).T
    assert np.all(np.diff(weight) < 0)
    assert np.all(np.diff(cost) <= 0)
    assert np.all(np.diff(places) <= 0)
    n = module("since_optimal_transport").N
    assert places[0] > 0.9 * n
    assert places[-1] <= 3
    plan = whole.panels[1].layers[0]["at"] ** 2  # by class, up to a factor
    half = np.arange(n) < n // 2
    astray = plan[:, half[:, None] != half].sum(axis=1) / plan.sum(axis=(1, 2))
    assert astray[0] > 0.4
    parted = np.argmax(astray < 0.1)
    assert places[parted] > 5  # two blocks before single cells
    carried = frames_of(whole, 0, "points", 1)
    target = frames_of(whole, 0, "points", 0)[0]
    middle = np.linalg.norm(carried[0] - target.mean(axis=0), axis=1)
    assert middle.max() < 1
    nearest = np.linalg.norm(carried[-1][:, None] - target, axis=2).min(axis=1)
    assert np.median(nearest) < 0.1


@of_chapter("since_mcd")
def test_mcd_the_two_classifiers_meet_and_the_target_comes_right(made):
    whole = made["since_mcd"]
    calls = np.array([panel.layers[0]["at"] for panel in whole.panels])
    differ = np.mean((calls[0] > 0) != (calls[1] > 0), axis=(1, 2))
    assert differ[:5].max() > 2 * differ[-3:].mean()
    right = next(
        next(one["words"] for one in panel.layers if one["kind"] == "text")
        for panel in whole.panels
    )
    right = [float(re.search(r"target (\d+) %", words)[1]) for words in right]
    assert right[0] < 90
    assert right[-1] > 94


@of_chapter("since_consistency")
def test_long_looks_carry_the_calls_and_short_ones_lock_in(made):
    whole, sc = made["since_consistency"], module("since_consistency")
    found = []
    for panel in whole.panels:
        words = next(one for one in panel.layers if one["kind"] == "text")
        found.append(
            [[int(v) for v in re.findall(r"\d+", w)] for w in words["words"]]
        )
        target = [one for one in panel.layers if one["look"] == "target"]
        points = next(one for one in target if one["kind"] == "points")
        assert set(points["hollow"]) == {False, True}
        large = 100 * np.mean(np.array(points["size"]) > 2, axis=1)
        np.testing.assert_allclose(large, np.array(found[-1])[:, 1], atol=6)
    long, short = np.array(found)  # (frames, 2): right, certain
    assert len(long) == len(short) == sc.EPOCHS // sc.EVERY
    assert long[0, 0] < 90
    assert long[-1].min() > 95
    assert short[-1, 0] < 80
    assert short[-1, 1] > 95
    assert np.all(short[:, 0] < long[-1, 0] - 10)


@of_chapter("since_self_training")
def test_the_follower_turns_with_the_moons_and_the_source_is_left_behind(made):
    whole, st = made["since_self_training"], module("since_self_training")
    angle, stays, follows = numbers(whole).T
    np.testing.assert_array_equal(angle, np.linspace(0, st.END, st.STEPS + 1))
    assert follows.min() > 95
    assert np.all(np.diff(stays) <= 0)
    assert stays[-1] < 50
    tint, *_ = whole.panels[0].layers
    X = frames_of(whole, 0, "points")
    hollow = whole.panels[0].layers[1]["hollow"]
    places = np.linspace(-st.SIDE, st.SIDE, 2 * st.CELLS + 1)[1::2]
    column, row = np.abs(X[..., None] - places).argmin(axis=-1).transpose(2, 0, 1)
    called = tint["at"][np.arange(len(X))[:, None], row, column] > 0
    assert np.mean(called == hollow, axis=1).min() > 0.95  # the tint under each
    frozen = (
        tint["at"][0][row[-1], column[-1]] > 0
    )  # the first tint, the last samples
    assert np.mean(frozen == hollow) < 0.5
    for which, found in ((0, stays), (1, follows)):
        path = frames_of(whole, 1, "line", which)[0]
        dot = frames_of(whole, 1, "points", which)[:, 0]
        np.testing.assert_array_equal(dot, path)
        np.testing.assert_allclose(path[:, 1], found, atol=0.51)


def test_a_notebook_shows_the_still(made, monkeypatch):
    shown = []
    monkeypatch.setattr(plot, "finish", lambda fig, alt: shown.append((fig, alt)))
    film("intro")
    ((fig, alt),) = shown
    assert alt == made["intro"].alt
    assert fig.get_suptitle() == made["intro"].frames[intro.GROWING - 1]


# --- In the page ---------------------------------------------------------------------------------


class Scripts(HTMLParser):
    def __init__(self, html):
        super().__init__()
        self.texts = []
        self.feed(html)

    def handle_data(self, text):
        self.texts.append(text)


def test_no_word_of_a_film_ends_its_script():
    from pictures import embedded

    whole = Film("</script><b>", FRAMES, "A film of three frames and one panel.")
    html = embedded(whole)
    assert html.count("</script>") == 1
    assert json.loads(Scripts(html).texts[0])["title"] == "</script><b>"


# --- The picture that moves in README ------------------------------------------------------------


def parts_of(svg):
    """Return the words of a picture and its numbers."""
    numbers = re.findall(r"(?<![\w#])-?\d+(?:\.\d+)?", svg)
    return re.sub(r"(?<![\w#])-?\d+(?:\.\d+)?", "0", svg), [
        float(one) for one in numbers
    ]


def test_the_picture_of_readme_is_current():
    """Up to the last digits, which another processor may round otherwise."""
    words, found = parts_of(shift.PATH.read_text(encoding="utf-8"))
    wanted_words, wanted = parts_of(shift.picture())
    assert words == wanted_words, "run `make front`"
    np.testing.assert_allclose(
        found, wanted, atol=0.2, err_msg="run `make front`"
    )


def test_the_picture_of_readme_can_stand_alone():
    text = shift.PATH.read_text(encoding="utf-8")
    assert len(text.encode()) < shift.BYTES
    assert "prefers-reduced-motion: reduce" in text
    assert "prefers-color-scheme: dark" in text
    root = ElementTree.fromstring(text)
    assert root.get("aria-label") in (ROOT / "README.md").read_text(
        encoding="utf-8"
    )
    assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)", text)


def test_the_picture_of_readme_moves_as_the_film():
    """Where its style sheet carries target and border is where the story has them."""
    pair, parts, sources, models, errors = intro.story()
    text = shift.picture()
    x, y, angle = map(
        float,
        re.search(
            r"100% { transform: translate\((\S+)px, (\S+)px\) rotate\((\S+)deg",
            text,
        ).groups(),
    )
    a = np.deg2rad(angle)
    # y points downwards
    turn = np.array([[np.cos(a), np.sin(a)], [-np.sin(a), np.cos(a)]])
    flip = shift.UNIT * np.array([1, -1])
    start, end = (flip * intro.moved(pair.Xt, part) for part in (0, 1))
    np.testing.assert_allclose(start @ turn + [x, y], end, atol=0.2)
    for model in (models[0], models[-1]):
        x, y, angle = map(
            float, re.findall(r"-?\d+\.?\d*", shift.position(model))
        )
        along = np.array([np.cos(np.deg2rad(angle)), np.sin(np.deg2rad(angle))])
        points = (np.array([x, y]) + np.outer([-50, 50], along)) / flip
        assert np.abs(model.decision_function(points)).max() < 0.05


def test_chapters_describe_the_films_as_they_are(made):
    for path in notebooks():
        for cell in read(path).cells:
            named = re.match(r'film\("([\w/]+)"\)', cell.source)
            if named and cell.cell_type == "code":
                (output,) = cell.outputs
                name = (
                    path.relative_to(ROOT / "chapters").with_suffix("").as_posix()
                )
                whole = made[named[1].replace("/", "_")]
                assert alt_of(output) == whole.alt, (
                    f"run `make refresh CHAPTER={name}`"
                )
