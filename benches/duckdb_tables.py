"""What an engineer would write in DuckDB for two of our tables, with the same columns cast to the same types.

`query(table, path, declared, out)` gives the SQL: `declared=True` names the columns of `read_json`, which spares
DuckDB the detection; `False` lets it detect. Lineage columns are left out on DuckDB's side, which favours DuckDB.
"""

LOINC = "http://loinc.org"
CODING = "STRUCT(system VARCHAR, code VARCHAR, display VARCHAR)"
CONCEPT = f"STRUCT(coding {CODING}[], text VARCHAR)"
REFERENCE = "STRUCT(reference VARCHAR, type VARCHAR, display VARCHAR, identifier STRUCT(system VARCHAR, value VARCHAR))"
QUANTITY = "STRUCT(value VARCHAR, unit VARCHAR, code VARCHAR, comparator VARCHAR)"
MONEY = "STRUCT(value VARCHAR, currency VARCHAR)"
ADJUDICATION = f"STRUCT(category {CONCEPT}, reason {CONCEPT}, amount {MONEY}, value VARCHAR)[]"
PERIOD = 'STRUCT("start" VARCHAR, "end" VARCHAR)'
DECIMAL = "DECIMAL(38,18)"

OBSERVATION = {
    "resourceType": "VARCHAR", "id": "VARCHAR", "status": "VARCHAR", "category": f"{CONCEPT}[]", "code": CONCEPT,
    "subject": REFERENCE, "encounter": REFERENCE, "effectiveDateTime": "VARCHAR", "effectivePeriod": PERIOD,
    "issued": "VARCHAR", "valueQuantity": QUANTITY, "valueCodeableConcept": CONCEPT, "valueString": "VARCHAR",
    "valueBoolean": "BOOLEAN", "valueInteger": "INTEGER", "valueDateTime": "VARCHAR",
    "dataAbsentReason": CONCEPT, "interpretation": f"{CONCEPT}[]", "performer": f"{REFERENCE}[]",
    "specimen": REFERENCE, "component": "STRUCT(code STRUCT(text VARCHAR))[]", "meta": "STRUCT(lastUpdated VARCHAR)",
    "referenceRange": f"STRUCT(low {QUANTITY}, high {QUANTITY}, text VARCHAR)[]",
}
CLAIM = {
    "resourceType": "VARCHAR", "id": "VARCHAR", "use": "VARCHAR", "status": "VARCHAR", "type": CONCEPT,
    "identifier": f"STRUCT(type {CONCEPT}, system VARCHAR, value VARCHAR)[]", "patient": REFERENCE,
    "billablePeriod": PERIOD, "insurer": REFERENCE, "provider": REFERENCE,
    "insurance": f"STRUCT(focal BOOLEAN, coverage {REFERENCE})[]",
    "payment": f"STRUCT(type {CONCEPT}, date VARCHAR)",
    "diagnosis": f"STRUCT(sequence INTEGER, diagnosisCodeableConcept {CONCEPT})[]",
    "careTeam": f"STRUCT(sequence INTEGER, provider {REFERENCE}, role {CONCEPT})[]",
    "item": f"""STRUCT(sequence INTEGER, diagnosisSequence INTEGER[], revenue {CONCEPT}, category {CONCEPT},
        productOrService {CONCEPT}, modifier {CONCEPT}[], servicedDate VARCHAR, servicedPeriod {PERIOD},
        locationCodeableConcept {CONCEPT}, bodySite {CONCEPT}, quantity {QUANTITY}, unitPrice {MONEY}, net {MONEY},
        encounter {REFERENCE}[], detail STRUCT(sequence INTEGER)[], adjudication {ADJUDICATION})[]""",
}


def key(reference, kind):
    return f"regexp_extract({reference}.reference, '{kind}/([^/]+)', 1)"


def triple(text, name):
    """A dateTime as instant, date and text."""
    return (f"case when {text} like '%T%' then try_cast({text} as TIMESTAMPTZ) end as {name}, "
            f"try_cast(left({text}, 10) as DATE) as {name}_date, {text} as {name}_text")


def observation():
    coding = f"coalesce(list_filter(code.coding, lambda c: c.system = '{LOINC}')[1], code.coding[1])"
    start = "coalesce(effectiveDateTime, effectivePeriod.start)"
    columns = [
        "id as observation_id", key("subject", "Patient") + " as patient_id",
        key("encounter", "Encounter") + " as encounter_id", "status",
        "list_filter(flatten(list_transform(category, lambda c: c.coding)), lambda c: c.system = "
        "'http://terminology.hl7.org/CodeSystem/observation-category')[1].code as category_code",
        f"{coding}.code as code", f"{coding}.system as code_system", f"{coding}.display as code_display",
        "code.text as code_text", "len(code.coding) as code_count",
        triple(start, "effective_start"), triple("effectivePeriod.end", "effective_end"),
        "try_cast(issued as TIMESTAMPTZ) as issued_at", "issued as issued_text",
        f"try_cast(valueQuantity.value as {DECIMAL}) as value", "valueQuantity.unit as value_unit",
        "valueQuantity.code as value_unit_code", "valueQuantity.comparator as value_comparator",
        "valueCodeableConcept.coding[1].code as value_code", "valueCodeableConcept.coding[1].system as value_system",
        "valueCodeableConcept.coding[1].display as value_display", "valueCodeableConcept.text as value_text",
        "valueString as value_string", "valueBoolean as value_boolean", "valueInteger as value_integer",
        "valueDateTime as value_date_text", "dataAbsentReason.coding[1].code as data_absent_reason_code",
        "interpretation[1].coding[1].code as interpretation_code",
        f"try_cast(referenceRange[1].low.value as {DECIMAL}) as reference_low",
        f"try_cast(referenceRange[1].high.value as {DECIMAL}) as reference_high",
        "referenceRange[1].text as reference_text",
        "regexp_extract(performer[1].reference, '([^/]+)$', 1) as performer_id",
        "regexp_extract(performer[1].reference, '^([^/]+)/', 1) as performer_type",
        "performer[1].identifier.value as performer_npi", key("specimen", "Specimen") + " as specimen_id",
        "len(component) as component_count",
        "try_cast(meta.lastUpdated as TIMESTAMPTZ) as last_updated", "meta.lastUpdated as last_updated_text",
    ]
    return f"select {', '.join(columns)} from SOURCE"


AMOUNTS = ["submitted", "eligible", "deductible", "coinsurance", "copay", "noncovered", "memberliability", "benefit",
           "paidtoprovider", "paidtopatient", "paidbypatient", "priorpayerpaid", "discount", "drugcost"]


def category(code):
    return (f"list_filter(l.adjudication, lambda a: list_contains(list_transform(a.category.coding, lambda c: c.code), "
            f"'{code}'))[1]")


def claim_line():
    start, end = "coalesce(l.servicedDate, l.servicedPeriod.start)", "coalesce(l.servicedDate, l.servicedPeriod.end)"
    rendering = ("list_filter(careTeam, lambda t: list_contains(list_transform(t.role.coding, lambda c: c.code), "
                 "'rendering'))[1].provider")
    columns = [
        "id as claim_id", "l.sequence as sequence", "'item' as line_type", key("patient", "Patient") + " as patient_id",
        "list_filter(identifier, lambda i: list_contains(list_transform(i.type.coding, lambda c: c.code), 'uc'))[1].value as claim_number",
        "status", "type.coding[1].code as type_code", "try_cast(left(billablePeriod.start, 10) as DATE) as billable_start_date",
        "try_cast(left(billablePeriod.end, 10) as DATE) as billable_end_date",
        triple(start, "service_start"), triple(end, "service_end"),
        "l.productOrService.coding[1].code as service_code", "l.productOrService.coding[1].system as service_system",
        "l.productOrService.coding[1].display as service_display", "l.productOrService.text as service_text",
        "list_filter(l.productOrService.coding, lambda c: c.system = 'http://hl7.org/fhir/sid/ndc')[1].code as ndc_code",
        "list_filter(l.productOrService.coding, lambda c: c.system = 'http://www.ama-assn.org/go/cpt')[1].code as hcpcs_code",
        *[f"l.modifier[{n}].coding[1].code as modifier_{n}_code" for n in range(1, 5)], "len(l.modifier) as modifier_count",
        "l.revenue.coding[1].code as revenue_code", "l.locationCodeableConcept.coding[1].code as place_of_service_code",
        "l.locationCodeableConcept.coding[1].system as place_of_service_system",
        "l.category.coding[1].code as category_code", "l.category.coding[1].system as category_system",
        "l.bodySite.coding[1].code as body_site_code", f"try_cast(l.quantity.value as {DECIMAL}) as quantity",
        "l.quantity.unit as quantity_unit", f"try_cast({category('allowedunits')}.value as {DECIMAL}) as allowed_units",
        f"try_cast(l.unitPrice.value as {DECIMAL}) as unit_price_amount", f"try_cast(l.net.value as {DECIMAL}) as net_amount",
        *[f"try_cast({category(code)}.amount.value as {DECIMAL}) as {code}_amount" for code in AMOUNTS],
        "l.adjudication[1].amount.currency as currency",
        f"{category('adjustmentreason')}.reason.coding[1].code as adjustment_reason_code",
        f"{category('adjustmentreason')}.reason.coding[1].system as adjustment_reason_system",
        f"{category('rejectreason')}.reason.coding[1].code as reject_reason_code",
        f"{category('benefitpaymentstatus')}.reason.coding[1].code as benefit_payment_status_code",
        "payment.type.coding[1].code = 'denied' as claim_denied", "try_cast(payment.date as DATE) as payment_date",
        "payment.date as payment_date_text",
        *[f"list_filter(diagnosis, lambda d: d.sequence = l.diagnosisSequence[{n}])[1].diagnosisCodeableConcept.coding[1].code "
          f"as diagnosis_{n}_code" for n in range(1, 5)],
        f"regexp_extract({rendering}.reference, '([^/]+)$', 1) as rendering_id",
        f"regexp_extract({rendering}.reference, '^([^/]+)/', 1) as rendering_type",
        f"{rendering}.identifier.value as rendering_npi", key("insurance[1].coverage", "Coverage") + " as coverage_id",
        key("insurer", "Organization") + " as insurer_id", "regexp_extract(provider.reference, '([^/]+)$', 1) as provider_id",
        "regexp_extract(provider.reference, '^([^/]+)/', 1) as provider_type", "provider.identifier.value as provider_npi",
        "regexp_extract(l.encounter[1].reference, '([^/]+)$', 1) as encounter_id", "len(l.detail) as detail_count",
    ]
    return f"select {', '.join(columns)} from (select *, unnest(item) as l from SOURCE)"


TABLES = {"observation": (observation, OBSERVATION), "claim_line": (claim_line, CLAIM)}


def query(table, path, declared, out):
    select, columns = TABLES[table]
    options = "format='newline_delimited', maximum_object_size=134217728"
    if declared:
        options += ", columns={" + ", ".join(f"'{name}': '{kind}'" for name, kind in columns.items()) + "}"
    source = f"read_json('{path}', {options})"
    return f"copy ({select().replace('SOURCE', source)}) to '{out}' (format parquet, compression zstd)"


if __name__ == "__main__":
    import sys

    import duckdb

    table, path, declared, threads, out = sys.argv[1:]
    connection = duckdb.connect()
    connection.execute(f"set threads to {threads}")
    connection.execute(query(table, path, declared == "declared", out))
