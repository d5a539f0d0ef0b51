"""What everybody in the team does to the bank's export before anything else."""

import pandas as pd
from units import MONTHS_A_YEAR, in_euros

PURPOSES = {"car": "car", "auto": "car", "house": "home", "home": "home", "holiday": "leisure", "wedding": "leisure"}


def tidy(loans):
    """The loans with numbers as numbers and one word for each purpose; what is not known stays empty."""
    loans = loans.copy()
    loans["income"] = loans["income"].map(in_euros)
    loans["amount"] = loans["amount"].map(in_euros)
    loans["purpose"] = loans["purpose"].str.strip().str.lower().map(PURPOSES).fillna("other")
    return loans


def burden(loans):
    """The share of the income that goes into the loan each month."""
    monthly = loans["amount"] / (loans["years"] * MONTHS_A_YEAR)
    return (monthly / (loans["income"] / MONTHS_A_YEAR)).clip(upper=2.0)


def with_burden(loans: pd.DataFrame) -> pd.DataFrame:
    """The columns that the models are given."""
    return loans.assign(burden=burden(loans))
