"""The cast: forty invented customers with habits, and the staff. Amounts are whole crowns."""

from typing import NamedTuple


class Habit(NamedTuple):
    """How somebody spends a working day, in chances out of a hundred."""

    coffee: int
    lunch: int
    sport: int


REGULAR = Habit(coffee=65, lunch=55, sport=8)
LUNCHER = Habit(coffee=20, lunch=85, sport=0)
ATHLETE = Habit(coffee=25, lunch=25, sport=55)
VISITOR = Habit(coffee=30, lunch=8, sport=4)


class Person(NamedTuple):
    """A customer of the demo. An empty name is an anonymous card."""

    name: str
    identifier: str
    habit: Habit
    floor: int = 0
    """Below zero: an employee of a tenant who pays at the month's end."""
    language: str = ""


CUSTOMERS = (
    Person("Adéla Horáková", "E-1041", REGULAR, -6000),
    Person("Martin Dvořák", "E-1042", REGULAR, -2000),
    Person("Zuzana Benešová", "E-1043", LUNCHER, -6000),
    Person("Oldřich Kalina", "E-1044", LUNCHER, -6000),
    Person("Ivana Šrámková", "E-1045", REGULAR, -6000),
    Person("Radek Vaníček", "E-1046", ATHLETE, -6000),
    Person("Helena Machová", "E-1047", LUNCHER, -6000),
    Person("Bohumil Kříž", "E-1048", LUNCHER, -6000),
    Person("Simona Tichá", "E-1049", REGULAR, -6000),
    Person("Dalibor Hanák", "E-1050", REGULAR, -6000),
    Person("Lenka Valentová", "L-07", ATHLETE),
    Person("Peter Hudák", "L-12", ATHLETE, language="sk"),
    Person("Katarína Mrázová", "L-15", ATHLETE, language="sk"),
    Person("Jonas Feld", "L-18", ATHLETE, language="en"),
    Person("Marta Kučerová", "L-21", ATHLETE),
    Person("Filip Zelenka", "L-22", ATHLETE),
    Person("Eva Rybářová", "L-30", ATHLETE),
    Person("Tomáš Jelínek", "L-33", ATHLETE),
    Person("Alena Poláčková", "B-201", REGULAR),
    Person("David Kratochvíl", "B-202", REGULAR),
    Person("Monika Šebestová", "B-203", REGULAR),
    Person("Ondrej Kováč", "B-204", REGULAR, language="sk"),
    Person("Veronika Malá", "B-205", REGULAR),
    Person("Libor Štěpánek", "B-206", LUNCHER),
    Person("Gabriela Urbanová", "B-207", LUNCHER),
    Person("Milan Tóth", "B-208", LUNCHER, language="sk"),
    Person("Claire Novotny", "B-209", REGULAR, language="en"),
    Person("Igor Blažek", "B-210", LUNCHER),
    Person("Jitka Sedláčková", "B-211", REGULAR),
    Person("Vojtěch Říha", "B-212", REGULAR),
    Person("Petra Holubová", "C-301", VISITOR),
    Person("Stanislav Konečný", "C-302", VISITOR),
    Person("Nikola Burešová", "C-303", VISITOR),
    Person("Robert Lang", "C-304", VISITOR, language="en"),
    Person("Barbora Matoušková", "C-305", VISITOR),
    Person("Jakub Hlaváč", "C-306", VISITOR),
    Person("Silvia Oravcová", "C-307", VISITOR, language="sk"),
    Person("Emil Pražák", "C-308", VISITOR),
    Person("", "", VISITOR),
    Person("", "", VISITOR),
)

STAFF = (
    ("owner", "Olga Harbour"),
    ("manager", "Marek Harbour"),
    ("cashier", "Klára Harbour"),
    ("accountant", "Arnošt Harbour"),
)
