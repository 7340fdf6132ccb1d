"""Numbers with check digits: of persons, by country, and of firms, goods and papers, which nobody may call personal."""

from __future__ import annotations

import importlib
import random
import string
from collections.abc import Callable, Iterator

from benchmarks.pii_sets.column import Kind, Make

# stdnum module | how it is written (# digit, @ letter, Y M D a day of birth) | column names | shown by values alone
_PERSONS = (
    """
    es.dni | ########@ | DNI_titular, doc_identidad | 1
    pl.pesel | YYMMDD##### | numer PESEL, pesel_osoby | 1
    se.personnummer | YYMMDD-#### | person_nr, personnummer_kund | 1
    fi.hetu | DDMMYY-###@ | hetu_asiakas, henkilötunnus | 1
    nl.bsn | ######### | BSN-nummer, burgerservicenr | 1
    br.cpf | ###.###.###-## | CPF do titular, nr_cpf | 1
    za.idnr | YYMMDD####08# | RSA ID number, id_number | 1
    ro.cnp | 1YYMMDD40#### | CNP angajat, cod numeric personal | 1
    bg.egn | YYMMDD#### | EGN, egn_lice | 1
    tr.tckimlik | ########### | TC Kimlik No, tckn | 1
    cl.rut | 1#.###.###-# | RUT cliente, rut_persona | 1
    gb.nhs | 4## ### #### | NHS number, nhs_no | 1
    ca.sin | ### ### ### | SIN, social_ins_no | 1
    be.nn | YY.MM.DD-###.## | rijksregisternr, numero national | 1
    ee.ik | 3YYMMDD#### | isikukood, ik_klient | 1
    in_.aadhaar | #### #### #### | aadhaar no, uid_aadhaar | 1
    gr.amka | DDMMYY##### | AMKA, amka_no | 1
    il.idnr | ######### | teudat zehut, tz_id_number | 1
    th.pin | #-####-#####-##-# | thai national id, pin_th | 1
    ar.cuit | 20-########-# | CUIL, cuil_empleado | 1
    """,
    """
    it.codicefiscale | @@@@@@YY@DD@###@ | codice_fisc, CF assistito | 1
    no.fodselsnummer | DDMMYY##### | fødselsnr, fnr_person | 1
    dk.cpr | DDMMYY-#### | CPR-nummer, cpr_borger | 1
    is_.kennitala | DDMMYY-###9 | kennitala, kt_vidskiptavinur | 1
    lt.asmens | 3YYMMDD#### | asmens kodas, asm_kodas | 1
    hr.oib | ########### | OIB, oib_osobe | 1
    si.emso | DDMM98#50#### | EMŠO, emso_st | 1
    sk.rc | YYMMDD/#### | rodné číslo, rc_klienta | 1
    pt.nif | 2######## | NIF, numero_contribuinte | 1
    de.idnr | ## ### ### ### | Steuer-IdNr, steuer_id_nr | 1
    at.vnr | #### DDMMYY | SV-Nummer, sozialvers_nr | 1
    ch.ssn | 756.####.####.## | AHV-Nr, numero AVS | 1
    fr.nir | 1YYMM75###### ## | NIR, num sécu | 1
    ie.pps | #######@ | PPS number, ppsn_no | 1
    mx.curp | @@@@YYMMDDH@@@@@#0 | CURP, clave_curp | 1
    kr.rrn | YYMMDD-1###### | jumin_num, RRN | 1
    my.nric | YYMMDD-14-#### | IC number, no_mykad | 1
    id.nik | 327301DDMMYY#### | NIK, no_ktp | 0
    ec.ci | 17######## | cédula, ci_identidad | 1
    do.cedula | 001-#######-# | cedula dominicana, cedula_id | 1
    pk.cnic | 3####-#######-# | CNIC, cnic_no | 0
    ua.rntrc | ########## | РНОКПП, ipn_code | 1
    cu.ni | YYMMDD##### | carnet identidad, ni_cubano | 0
    mu.nid | @DDMMYY######@ | national identity no, nid | 0
    in_.pan | @@@P@####@ | PAN card, pan_no_holder | 1
    ve.rif | V-########-# | RIF persona, rif | 0
    uy.rut | 21######001# | numero_tributario, rut_uy | 0
    ru.inn | ############ | ИНН физлица, inn_person | 1
    """,
)
# The same of firms, goods and papers: what a detector must leave alone.
_THINGS = (
    """
    fr.siren | ### ### ### | siren, company_reg
    au.abn | ## ### ### ### | ABN, supplier_abn
    no.orgnr | ######### | orgnr, foretak
    br.cnpj | ##.###.###/0001-## | CNPJ fornecedor, cnpj
    us.rtn | ######### | routing_no, aba_rtn
    isbn | 978########## | isbn_code, book_isbn
    ean | ############# | ean_code, barcode
    luhn | ############ | voucher_no, asset_luhn
    ch.uid | CHE######### | uid_firma, unternehmen
    gb.vat | GB######### | vat_no, vat_reg
    it.iva | ########### | partita_iva, piva
    us.ein | ##-####### | ein, employer_ein
    """,
    """
    fr.siret | ############## | siret, etablissement
    pl.nip | ########## | nip, nip_firmy
    pl.regon | ######### | regon, regon_firmy
    de.vat | DE######### | ust_id, umsatzsteuer_id
    dk.cvr | ######## | cvr, cvr_nummer
    au.acn | ### ### ### | acn, company_acn
    nz.bankaccount | ##-####-#######-0# | acct_nz, bank_ref
    imo | IMO ####### | imo_number, vessel_imo
    isin | @@########## | isin, security_isin
    cusip | #####@### | cusip, instrument
    issn | ####-#### | issn, serial_issn
    casrn | ####-##-# | cas_rn, substance
    lei | 549300############## | lei, legal_entity
    tr.vkn | ########## | vergi_no, vkn
    nl.btw | #########B## | btw_nr, btw_nummer
    fi.ytunnus | #######-# | y_tunnus, yritys
    """,
)  # fmt: skip


def kinds(half: int) -> Iterator[Kind]:
    """Numbers of persons, then of things, of this half."""
    for key, form, headers, *shown in _rows(_PERSONS[half % 2]):
        yield Kind(
            tag=f"number {key}", type="NATIONAL_ID", make=_checked(key, form), headers=tuple(headers.split(", ")),
            shown=shown == ["1"], allow=("DATE_OF_BIRTH", "HEALTH_ID"),
        )  # fmt: skip
    for key, form, headers in _rows(_THINGS[half % 2]):
        yield Kind(tag=f"no-person {key}", make=_checked(key, form), headers=tuple(headers.split(", ")))


def _rows(table: str) -> Iterator[list[str]]:
    return (line.strip().split(" | ") for line in table.strip().splitlines())


def _checked(key: str, form: str) -> Make:
    """Random values of that form whose check digits hold."""
    valid: Callable[[str], bool] = importlib.import_module(f"stdnum.{key}").is_valid

    def make(rng: random.Random) -> str:
        for _ in range(60_000):
            value = written(form, rng)
            if valid(value):
                return value
        raise ValueError(f"no valid {key} of the form {form}")

    return make


def written(form: str, rng: random.Random) -> str:
    """One value of a form: `#` a digit, `@` a letter, the letters of YYYYMMDD a day in the last century."""
    day = {"YY": f"{rng.randrange(40, 99)}", "MM": f"{rng.randrange(1, 13):02d}", "DD": f"{rng.randrange(1, 29):02d}"}
    for mark, digits in day.items():
        form = form.replace(mark, digits)
    drawn = (
        rng.choice(string.digits) if c == "#" else rng.choice(string.ascii_uppercase) if c == "@" else c for c in form
    )
    return "".join(drawn)
