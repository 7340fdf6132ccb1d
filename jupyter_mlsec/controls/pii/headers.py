"""What a column's name suggests. A name never decides: it raises what the values allow, or forbids a look-alike."""

# ruff: noqa: E501, RUF001  (patterns and words of other scripts, kept whole)

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

import msgspec

from jupyter_mlsec.controls.pii.recognizers.national import SCHEMES

_WORDS: dict[str, str] = {
    "EMAIL": "email emails mail mails emailaddress mailaddress correo correoelectronico courriel epost eposta "
"epostadresse sposti sahkoposti mejl posta emailadresse meil poczta mailbox",
    "PHONE": "phone phones telephone tel telefon telefono telefone telefoon telefonnummer phoneno phonenumber "
"phonenum fone mobile mobil mobilnummer mobiltelefon handy cell cellphone cellulare celular "
"movil "
    "gsm fax whatsapp puhelin puhelinnumero matkapuhelin telefonszam denwa keitai shouji dianhua "
"landline portable telno contactno contactnumber msisdn telefonu komorka komorkowy cep ceptel "
"rufnummer hp telp dienthoai sdt mob mobno mobileno cellno callback handynummer cellnumber numtel telnr fon tlf tlfnr",
    "CREDIT_CARD": "card cardno cardnumber cardnum pan creditcard ccnum ccn ccno ccnumber tarjeta kreditkarte "
"kortnummer cartao carta kartennummer kreditkartennummer",
    "US_SSN": "ssn ssnid socsec socialsecurity ssnum ssno socialsecuritynumber ssn9 socialsec ss soc",
    "NATIONAL_ID": "nationalid natid nationalidnumber nationalidno personalid personalidentity idcard idnumber "
"identitynumber identity citizenid taxid taxpayer taxnumber tin nid idno dokumentnummer ausweis "
"ausweisnummer cuil cuit rif carnet carnetidentidad docidentidad docidentidade "
    "identificacion documento cedula identitycard governmentid govid personalnumber personid "
"socialinsurance nationalinsurance steuer insee secu kimlik personnr personnummer fiscal",
    "IBAN": "iban ibans",
    "IP_ADDRESS": "ip ipaddr ipaddress ipv4 ipv6 clientip remoteaddr sourceip srcip dstip",
    "DEVICE_ID": "imei imeino mac macaddr macaddress hwaddr meid udid idfa gaid deviceid androidid serialimei "
"advertisingid",
    "VEHICLE_ID": "vin vinno vinnumber chassis chassisno fahrgestellnummer fin",
    "CRYPTO": "wallet btc eth bitcoin ethereum btcaddress ethaddress walletaddress",
    "CREDENTIAL": "password passwd pwd pass passwort contrasena motdepasse senha wachtwoord secret apikey apitoken "
"token accesstoken accesskey secretkey privatekey clientsecret credential credentials authtoken "
"bearer passphrase pin cvv cvc",
    "PERSON": "name names fullname firstname lastname surname givenname familyname middlename forename fname "
"lname mname nombre nombres apellido apellidos nom prenom nachname vorname familienname voornaam "
"achternaam naam "
    "cognome nome sobrenome imie nazwisko jmeno prijmeni navn fornavn etternavn efternavn namn "
"fornamn efternamn nimi etunimi sukunimi isim soyad soyadi adi adsoyad ten hoten nama xingming "
"namae shimei seimei vezeteknev keresztnev nev nume prenume "
    "patient customer client employee member contact person author owner holder applicant student "
"teacher manager socio cliente empleado paciente kunde mitarbeiter medarbejder klant werknemer "
"klient pacjent pracownik "
    "zakaznik zamestnanec beneficiary payee passenger guest tenant doctor physician nurse recipient "
"sender signatory subscriber user username2 insured cardholder contactperson contactname "
"customername imya familiya onoma ism",
    "ADDRESS": "address addr address1 address2 addr1 addr2 addressline streetaddress street strasse strase "
"anschrift adresse adresa adres adress direccion domicilio calle indirizzo via endereco rua rue "
"adresse1 straat ulica ulice gade vej gata osoite "
    "katuosoite cim lakcim alamat jusho dizhi residence homeaddress mailing shipping billing wohnort "
"adr diachi sokak ikamet shipto billto sendto deliverto deliveryaddress lieferadresse wohnadresse hausanschrift domicile adressepostale direccionenvio shippingaddress billingaddress",
    "DATE_OF_BIRTH": "dob birthdate birthday birth dateofbirth born birthdt bday geburtsdatum geburtstag gebdatum "
"gebdat fechanacimiento nacimiento fecnac datenaissance naissance ddn datanascita nascita "
"datanascimento nascimento geboortedatum geboorte "
    "fodselsdato foedselsdag fodelsedatum fodelsedag syntymaaika narozeni dataurodzenia urodzenia "
"dogumtarihi dogum szuletesi seinengappi chushengriqi shengri ngaysinh tanggallahir lahir",
    "PASSPORT": "passport passportno passportnumber passnr passnummer reisepass pasaporte passeport passaporto "
"paspoort paszport pasport pasaport passaporte pas",
    "DRIVER_LICENSE": "driverlicense driverslicense driverlic driverslic drivinglicence drivinglicense dlnumber dlno "
"dl license licence fuhrerschein fuehrerschein permisconducir permisconduire patente licencia "
"cnh rijbewijs korkort forerkort",
    "HEALTH_ID": "mrn medicalrecord medicalrecordno medicalrecordnumber npi mbi healthid healthplan healthcard "
"patientid patientno insuranceno insuranceid medicare medicareno medicaid hicn providernpi "
"medrec medrecno medrecnumber patientnumber chartnumber chartno krankenversichertennummer kvnr versichertennummer memberid ehic hospitalno",
    "USERNAME": "username usernames login screenname nickname userid userhandle handle nick account_name "
"loginname usuario benutzername utilisateur gebruikersnaam brugernavn anvandarnamn uname alias "
"gamertag",
    "URL_PERSONAL": "linkedin linkedinurl profileurl sociallink facebook twitter instagram homepage socialurl "
"profilelink orcid",
    "SPECIAL_CATEGORY": "religion faith belief ethnicity race ethnic ethnie ethniccode sexualorientation orientation "
"sexuality diagnosis diagnose diagnoses diagnostic diagnostico icd icd10 icd9 icdcode hiv "
"hivstatus condition disease illness disability medication allergies "
    "politicalparty political politics union unionmember tradeunion religione religiao konfession "
"glaube religie etnia raza bloodtype bloodgroup genotype mentalhealth pregnancy pregnant std "
"krankheit maladie enfermedad gesundheit sexualidad orientacion confession",
}  # fmt: skip
BY_WORD: dict[str, set[str]] = {}
for _type, _list in _WORDS.items():
    for _word in _list.split():
        BY_WORD.setdefault(_word, set()).add(_type)
BY_SCHEME: dict[str, set[str]] = {}
for _scheme in SCHEMES:
    for _word in _scheme.words:
        BY_SCHEME.setdefault(_word, set()).add(_scheme.key)

_ELSEWHERE: dict[str, str] = {
    "姓名": "PERSON", "名字": "PERSON", "氏名": "PERSON", "名前": "PERSON", "이름": "PERSON", "성명": "PERSON", "имя": "PERSON", "фамилия": "PERSON", "фио": "PERSON", "नाम": "PERSON", "όνομα": "PERSON", "ім'я": "PERSON",
    "اسم": "PERSON", "الاسم": "PERSON", "שם": "PERSON", "客户": "PERSON", "ชื่อ": "PERSON", "电话": "PHONE", "手机": "PHONE", "電話": "PHONE", "전화": "PHONE", "휴대폰": "PHONE", "телефон": "PHONE", "फ़ोन": "PHONE", "फोन": "PHONE", "मोबाइल": "PHONE",
    "هاتف": "PHONE", "טלפון": "PHONE", "τηλέφωνο": "PHONE", "โทร": "PHONE", "地址": "ADDRESS", "住所": "ADDRESS", "주소": "ADDRESS", "адрес": "ADDRESS", "पता": "ADDRESS", "عنوان": "ADDRESS", "διεύθυνση": "ADDRESS", "улица": "ADDRESS", "כתובת": "ADDRESS",
    "邮箱": "EMAIL", "邮件": "EMAIL", "メール": "EMAIL", "이메일": "EMAIL", "почта": "EMAIL", "ईमेल": "EMAIL", "生日": "DATE_OF_BIRTH", "出生": "DATE_OF_BIRTH", "生年月日": "DATE_OF_BIRTH", "생년월일": "DATE_OF_BIRTH", "рождения": "DATE_OF_BIRTH", "जन्म": "DATE_OF_BIRTH", "ميلاد": "DATE_OF_BIRTH",
    "身份证": "NATIONAL_ID", "주민": "NATIONAL_ID", "マイナンバー": "NATIONAL_ID", "снилс": "NATIONAL_ID", "инн": "NATIONAL_ID", "आधार": "NATIONAL_ID", "护照": "PASSPORT", "паспорт": "PASSPORT", "旅券": "PASSPORT", "여권": "PASSPORT",
    "密码": "CREDENTIAL", "пароль": "CREDENTIAL", "비밀번호": "CREDENTIAL", "用户名": "USERNAME", "诊断": "SPECIAL_CATEGORY", "диагноз": "SPECIAL_CATEGORY", "宗教": "SPECIAL_CATEGORY", "종교": "SPECIAL_CATEGORY",
}  # fmt: skip

_MASKS = frozenset(
    [
        "hash",
        "hashed",
        "sha",
        "sha1",
        "sha256",
        "sha512",
        "md5",
        "hmac",
        "digest",
        "crc",
        "masked",
        "mask",
        "hidden",
        "redacted",
        "last4",
        "lastfour",
        "truncated",
        "tokenized",
        "tokenised",
        "encrypted",
        "enc",
        "anonymized",
        "anonymised",
        "pseudonym",
        "bcrypt",
        "checksum",
    ]
)
_THINGS = frozenset(
    [
        "order",
        "case",
        "lot",
        "ticket",
        "invoice",
        "sku",
        "part",
        "item_no",
        "batch",
        "ref",
        "serial",
        "component",
        "sensor",
        "rack",
        "asset",
        "frame",
        "container",
        "shipment",
        "waybill",
        "tracking",
        "article",
        "product",
        "object",
        "entity",
        "record",
        "build",
        "version",
        "ver",
        "fw",
        "firmware",
        "code",
        "key",
        "iface",
        "release",
        "lib",
        "package",
        "app",
        "file",
        "filename",
        "path",
        "table",
        "column",
        "brand",
        "company",
        "firm",
        "supplier",
        "vendor",
        "store",
        "shop",
        "site",
        "city",
        "town",
        "municipality",
        "country",
        "region",
        "state",
        "place",
        "location",
        "team",
        "club",
        "species",
        "taxon",
        "animal",
        "pet",
        "ship",
        "vessel",
        "boat",
        "planet",
        "star",
        "colour",
        "color",
        "category",
        "class",
        "type",
        "model",
        "label",
        "title",
        "month",
        "mth",
        "day",
        "project",
        "department",
        "dept",
        "school",
        "university",
        "bank",
        "hospital",
        "currency",
        "language",
        "font",
        "street_type",
        "road",
        "genre",
        "album",
        "song",
        "movie",
        "film",
        "book",
        "event",
        "game",
        "field",
        "function",
        "variable",
        "domain",
        "instance",
        "queue",
        "topic",
        "role",
        "occupation",
        "job",
        "position",
        "count",
        "num_items",
        "total",
        "feature",
        "station",
        "airport",
        "hotel",
        "restaurant",
        "county",
        "district",
        "province",
        "village",
        "area",
        "route",
        "stadium",
        "county",
        "dish",
        "food",
        "crop",
        "plant",
        "gene",
        "protein",
        "drug",
        "chemical",
    ]
)
"""Head words of columns about things: they forbid what only looks like a person, an SSN or a phone."""
_WEAK = frozenset(
    [
        "name",
        "names",
        "nom",
        "nombre",
        "nome",
        "naam",
        "navn",
        "namn",
        "nimi",
        "user",
        "contact",
        "customer",
        "client",
        "member",
        "owner",
        "manager",
        "holder",
        "author",
    ]
)
_SPLIT = re.compile(r"[A-Z]?[a-z]+\d{0,2}|[A-Z]+(?![a-z])\d{0,2}|\d+|[^\W\d_]+")


class Header(msgspec.Struct, frozen=True, kw_only=True):
    """A column's name, read."""

    types: frozenset[str] = frozenset()
    schemes: frozenset[str] = frozenset()
    """Keys of the national numbers it names."""
    masked: bool = False
    """It says that values are hashed, masked or cut: nothing personal is to be read off them."""
    thing: bool = False
    """It is about a thing: an order, a city, a firm."""
    weak: bool = False
    """What it says of persons it would say of animals and firms too (`name`)."""
    silent: bool = True
    """It says nothing at all (`V7`, `col_3`, `Unnamed: 4`)."""


def tokens(name: str) -> list[str]:
    """The words of a column's name, in plain lower case."""
    plain = unicodedata.normalize(
        "NFKD",
        name.replace("ı", "i")
        .replace("ø", "o")
        .replace("Ø", "O")
        .replace("ł", "l")
        .replace("ß", "ss")
        .replace("đ", "d"),
    )
    plain = "".join(c for c in plain if not unicodedata.combining(c))
    return [word.lower() for word in _SPLIT.findall(plain)][:12]


@lru_cache(maxsize=2048)
def read(name: str) -> Header:
    """What a column's name suggests; an empty Header when names may not be read."""
    name = name[:200]
    words = tokens(name)
    grams = {"".join(words[i : i + size]) for size in (1, 2, 3) for i in range(len(words) - size + 1)}
    grams |= {word.rstrip("0123456789") for word in words}
    lower = name.lower()
    types = {kind for gram in grams for kind in BY_WORD.get(gram, ())} | {
        kind for text, kind in _ELSEWHERE.items() if text in lower
    }
    schemes = {key for gram in grams for key in BY_SCHEME.get(gram, ())}
    if schemes and not types & {"CREDIT_CARD"}:
        types.add("NATIONAL_ID")
    thing = bool(_THINGS & {word.rstrip("0123456789") for word in words})
    return Header(
        types=frozenset(_settled(types, words)), schemes=frozenset(schemes), masked=bool(_MASKS & set(words)), thing=thing,
        weak=bool(words) and not any("PERSON" in BY_WORD.get(g, ()) and g not in _WEAK for g in grams),
        silent=not types and not thing and bool(re.fullmatch(r"(?:[a-z]{1,2}|col|column|field|unnamed|var|x|feature)[ _:.-]{0,3}\d{0,5}", lower)),
    )  # fmt: skip


def _settled(types: set[str], words: list[str]) -> set[str]:
    """Where a name says two things, what it is about: `client_ip` is no person, `user_email` neither."""
    seen = set(words)
    if types & {
        "EMAIL",
        "PHONE",
        "IP_ADDRESS",
        "DATE_OF_BIRTH",
        "US_SSN",
        "PASSPORT",
        "HEALTH_ID",
        "DRIVER_LICENSE",
        "CREDIT_CARD",
        "IBAN",
        "CREDENTIAL",
        "NATIONAL_ID",
        "USERNAME",
    }:
        types = types - {"PERSON"}
    if {"plate", "plates", "key", "type", "software", "url"} & seen:
        types = types - {"DRIVER_LICENSE"}
    if "name" in seen and {"street", "road", "city", "month", "currency", "unit"} & seen:
        types = types - {"PERSON"}
    if types & {"EMAIL", "IP_ADDRESS", "DEVICE_ID"} or {"mac", "ip"} & seen:
        types = types - {"ADDRESS"}
    if types & {"DRIVER_LICENSE", "PASSPORT", "HEALTH_ID"}:
        types = types - {"NATIONAL_ID"}
    if (
        "PERSON" in types
        and {"id", "no", "nr", "number", "num", "count", "type", "age", "since", "status", "date", "score", "segment"}
        & seen
    ):
        types = types - {"PERSON"}
    return types
