"""Rules and moments at random."""

from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from groat.topups.expiry.rules import Extension, Life, Period, Rule

FIRST = datetime(2026, 1, 1, tzinfo=UTC)


def moments() -> st.SearchStrategy[datetime]:
    """Within two years, at any hour."""
    return st.integers(0, 2 * 365 * 24 * 60).map(lambda minutes: FIRST + timedelta(minutes=minutes))


@st.composite
def some_rules(draw: st.DrawFn) -> Rule:
    """Any rule that can be."""
    life = draw(st.sampled_from(Life))
    lasts = life is not Life.NEVER
    extensions = list(Extension) if lasts else [Extension.NONE, Extension.AS_NEW]
    extension = draw(st.sampled_from(extensions))
    grace = draw(st.integers(1 if life is Life.VISIT else 0, 20)) if lasts else 0
    return Rule(
        life,
        months=draw(st.integers(1, 14)) if life is Life.MONTHS else None,
        period=draw(st.sampled_from(Period)) if life is Life.PERIOD else None,
        periods_after=draw(st.integers(0, 1)) if life is Life.PERIOD else 0,
        visit_days=draw(st.integers(1, 400)) if life is Life.VISIT else None,
        grace_days=grace,
        extension=extension,
        extension_months=draw(st.integers(1, 14)) if extension is Extension.MONTHS else None,
        extends_from_minor=draw(st.integers(1, 2_000)),
        refund_grace_days=draw(st.integers(0, 30)),
    )
