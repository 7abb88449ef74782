"""Dates in Slovak with numbers: the name of a month would have to be declined, which Django does not do."""

DATE_FORMAT = "j. n. Y"
DATETIME_FORMAT = "j. n. Y G:i"
SHORT_DATE_FORMAT = "j. n. Y"
SHORT_DATETIME_FORMAT = "j. n. Y G:i"
MONTH_DAY_FORMAT = "j. n."
