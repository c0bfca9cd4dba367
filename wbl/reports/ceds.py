"""Elements of the Common Education Data Standards (CEDS) by their global identifier.

Each was read in the CEDS Integrated Data Store or Data Warehouse, where a column names its element; what
could not be read there is not here. See docs/decisions/reports.md.
"""

from __future__ import annotations

STUDENT = "Student Identifier (CEDS 001071)"
SCHOOL = "School Identifier (CEDS 001069)"
CONCENTRATOR = "Career and Technical Education Concentrator (CEDS 000037)"
GRADUATION_YEAR = "Cohort Graduation Year (CEDS 000584)"
CIP_CODE = "Classification of Instructional Program Code (CEDS 000043)"
CLUSTER = "Career Cluster (CEDS 001288)"
OPPORTUNITY_TYPE = "Work-based Learning Opportunity Type (CEDS 001499)"
SEX = "Sex (CEDS 000255)"

STATUSES = {
    "Economic Disadvantage Status (CEDS 000086)": ("frl", "economically_disadvantaged"),
    "English Learner Status (CEDS 000180)": ("el", "english_learner"),
    "IDEA Indicator (CEDS 000151)": ("iep",),
    "Homelessness Status (CEDS 000149)": ("homeless",),
    "Military Connected Student Indicator (CEDS 001576)": ("military",),
}
"""The groups of ours that say as much. "Yes" where a student is in one; empty where nothing says so."""
SEXES = {"sex:female": "Female", "sex:male": "Male"}

_TYPES = {
    "apprenticeship": "Apprenticeship",
    "clinical": "ClinicalWork",
    "entrepreneurship": "Entrepreneurship",
    "job_shadow": "JobShadowing",
    "mentorship": "Mentorship",
    "school_based_enterprise": "SchoolBasedEnterprise",
    "service_learning": "ServiceLearning",
    "simulated": "SimulatedWorksite",
}


def opportunity_type(kind: str, paid: str) -> str:
    """The option of 001499 for a kind of ours; "Other" where it has none (as for a pre-apprenticeship)."""
    if kind == "internship":
        return {"yes": "PaidInternship", "no": "UnpaidInternship"}.get(paid, "Other")
    return _TYPES.get(kind, "Other")
