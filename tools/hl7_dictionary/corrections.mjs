// Where the packages are known to be wrong or silent, what is put right, and why.
// Everything else in the tables is theirs. The test lib/hl7/test/dictionary_sources_test.cpp
// holds the result against other people's tables.

// The versions that have tables. 2.8 of `hl7v2-dictionary` is its 2.7.1 under another
// name, so no tables are made of it: later versions are looked up in 2.7.1.
export const VERSIONS = ['2.1', '2.2', '2.3', '2.3.1', '2.4', '2.5', '2.5.1', '2.6', '2.7', '2.7.1'];

const from = (first) => VERSIONS.slice(VERSIONS.indexOf(first));
const between = (first, last) =>
  VERSIONS.slice(VERSIONS.indexOf(first), VERSIONS.indexOf(last) + 1);

// Segments that are none: `ED` is a data type.
export const NOT_SEGMENTS = new Set(['ED']);

// From 2.7 the standard has no lengths of fields any more but those that a conformance
// profile sets; the packages repeat the ones of 2.6.
export const WITHOUT_LENGTHS = new Set(from('2.7'));

// Lengths that mean "as long as you like".
export const LENGTH_MAX = 65534;

// From 2.7 the packages give fields that were withdrawn the type ST and the optionality B.
// They keep the type that they had in 2.6 and become "withdrawn"; VARIES comes back as well.
export const LAST_WITH_TYPES = '2.6';

// Fields marked as required that the standard does not require; and fields that would be
// required in one version alone, not before and not after: that is doubtful, so we ask for less.
export const NOT_REQUIRED = {
  '2.2': ['FT1-14'],
  '2.3': ['ARQ-15', 'CM1-2', 'CSP-1', 'NK1-7', 'OBR-27', 'OM1-2', 'OM1-4', 'OM1-8', 'OM3-7',
    'ORC-7', 'RXG-2'],
  '2.3.1': ['OBX-4'],
};

// Fields whose type is not the standard's.
export const TYPES = {
  '2.3': { 'ACC-2': 'CE' },
};

// Tables of components that the packages leave out, in every version that has the type.
export const COMPONENT_TABLES = { CM_MSG: { 1: 76, 2: 3 } };

// Texts whose characters were broken on their way into the packages.
export function repairText(text) {
  return text
    .replace(/\u0432\u0402\u201c/g, '-')
    .replace(/\b([A-Z][a-z]+) s (?=[A-Z])/g, "$1's ")
    .replace(/[\u2018\u2019]/g, "'")
    .replace(/[\u201c\u201d]/g, '"')
    .replace(/[\u2013\u2014]/g, '-')
    .replace(/\s+/g, ' ')
    .trim();
}

// Structures whose definition has holes: a segment of any name, or names that were lost. They
// are left out, as are those that do not begin with MSH: then nothing is said about the order
// of such a message.
export const STRUCTURES_WITH_HOLES = /^(GenericSegment|GPSG|[,\s]*)$/;

// Structures that offer a choice where the packages demand its first alternative: left out.
export const STRUCTURES_LEFT_OUT = [
  {
    versions: between('2.6', '2.7.1'),
    names: /^(EHC_E(01|02|04|15|20|21|24)|(QBP|RSP)_E(03|22)|SDR_S31)$/,
  },
  {
    versions: between('2.3.1', '2.6'),
    names: /^(PGL_PC[678]|PPG_PC[GHJ]|PPP_PC[BCD]|PPR_PC[123]|PPT_PCL|PPV_PCA|PRR_PC5|PTR_PCF)$/,
  },
];

// Structures of 2.6 whose optional groups became required ones: those of 2.7 are right.
export const STRUCTURES_OF_ANOTHER = [
  {
    version: '2.6',
    other: '2.7',
    names: ['OMG_O19', 'OML_O21', 'OML_O33', 'OML_O35', 'ORB_O28', 'ORI_O24', 'RSP_Z82'],
  },
];

// Groups that may be left out and repeat, and are there once in the packages.
export const OPTIONAL_GROUPS = [
  { versions: ['2.5', '2.5.1'], structure: 'OUL_R22', group: 'CONTAINER' },
  { versions: ['2.5', '2.5.1'], structure: 'SQR_S25', group: 'SCHEDULE' },
  { versions: ['2.5'], structure: 'RSP_K21', group: 'QUERY_RESPONSE' },
];

// Table 0354 names the structure of each event from this version on; before, each event
// has a structure of its own name.
export const FIRST_WITH_STRUCTURES = '2.3.1';

// Events that table 0354, as the packages have it, leaves out or puts elsewhere.
export const EVENTS = [
  { versions: ['2.3.1'], structure: 'ADT_A01', events: ['ADT_A05', 'ADT_A14', 'ADT_A28', 'ADT_A31'] },
  { versions: ['2.3.1'], structure: 'ADT_A09', events: ['ADT_A15'] },
  {
    versions: ['2.3.1'],
    structure: 'ADT_A02',
    events: ['ADT_A21', 'ADT_A22', 'ADT_A23', 'ADT_A25', 'ADT_A26', 'ADT_A27', 'ADT_A29', 'ADT_A32',
      'ADT_A33'],
  },
  { versions: ['2.3.1'], structure: 'ADT_A24', events: ['ADT_A37'] },
  { versions: ['2.3.1'], structure: 'BAR_P01', events: ['BAR_P05'] },
  { versions: from('2.3.1'), structure: 'PPP_PCB', events: ['PPP_PCC'] },
  { versions: from('2.4'), structure: 'ADT_A52', events: ['ADT_A55'] },
  { versions: from('2.4'), structure: 'RQI_I01', events: ['PIN_I07'] },
  { versions: from('2.4'), structure: 'LSU_U12', events: ['LSR_U13'] },
  { versions: from('2.4'), structure: 'TCU_U10', events: ['TCR_U11'] },
  { versions: from('2.4'), structure: 'QCN_J01', events: ['QSX_J02'] },
  { versions: from('2.5'), structure: 'ORU_R30', events: ['ORU_R31', 'ORU_R32'] },
  { versions: from('2.5'), structure: 'RSP_K21', events: ['RSP_K22'] },
  { versions: from('2.5'), structure: 'QBP_Q11', events: ['QBP_Q31'] },
  {
    versions: between('2.5', '2.5.1'),
    structure: 'MFQ_M01',
    events: ['MFQ_M07', 'MFQ_M08', 'MFQ_M09', 'MFQ_M10', 'MFQ_M11', 'MFQ_M12', 'MFQ_M13', 'MFQ_M14'],
  },
];

// Codes of the standard that the packages lost or misspell.
export const CODES = {
  48: { MFQ: 'Master file query' },
  74: {
    IMG: 'Diagnostic imaging',
    PAR: 'Parasitology',
    PAT: 'Pathology (gross and histopathology, not surgical)',
    URN: 'Urinalysis',
  },
  104: {
    '2.5.1': 'Release 2.5.1', // the packages say 1.5.1
    2.7: 'Release 2.7',
    '2.7.1': 'Release 2.7.1',
    2.8: 'Release 2.8',
    '2.8.1': 'Release 2.8.1',
    '2.8.2': 'Release 2.8.2',
    2.9: 'Release 2.9',
  },
  125: {
    CE: 'Coded element',
    CM: 'Composite',
    CNE: 'Coded with no exceptions',
    CQ: 'Composite quantity with units',
    DR: 'Date/time range',
    ID: 'Coded value',
    IS: 'Coded value of a user-defined table',
    MA: 'Multiplexed array',
    NA: 'Numeric array',
    SI: 'Sequence ID',
    TQ: 'Timing/quantity',
    TS: 'Time stamp',
  },
  156: { CAN: 'Cancellation date/time' },
  190: { TM: 'Tube mail' },
  191: {
    Application: 'Other application data, typically uninterpreted binary data',
    Audio: 'Audio data',
    Image: 'Image data',
  },
  211: {
    'ISO IR6': 'ASCII graphic character set of 94 characters',
    JAS2020: 'A subset of ISO 2022 used for most Kanji transmissions',
    'JIS X 0202': 'ISO 2022 with escape sequences for Kanji',
  },
  440: { CNN: 'Composite ID number and name, simplified', ELD: 'Error location and description' },
};

// Tables that name examples, point to lists elsewhere, or lack codes of some version: of a code
// that is not in them nothing can be said.
export const OPEN_TABLES = new Set([
  3, // event types: those of some versions are missing
  5, 6, // race, religion: of the user
  76, // message types: likewise
  200, 203, // name and identifier types: countries add their own
  272, 291, 301, // document structures, media types, identifier schemes: grow from outside
  354, // message structures: likewise
  359, 418, // ranks: any number from 2
  396, // coding systems: registered with HL7 and locally
]);
