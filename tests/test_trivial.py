import pytest
from django.db import connection
from django.conf import settings

@pytest.mark.parametrize("n", range(4))
def test_x(n, database_vendor, database_url):
    print(settings.DATABASES, database_url)
    assert connection.vendor == database_vendor

def test_pg(postgres_url):
    assert postgres_url.startswith("postgresql://")

@pytest.mark.journey
def test_j(page):
    page.set_content("<p>x")
@pytest.mark.sqlite_only
def test_s(): pass
@pytest.mark.postgresql_only
def test_p(): pass
