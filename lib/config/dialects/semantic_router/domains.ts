/** What tells a domain by the gateway's own classifiers, in place of the router's trained one. */
export interface Domain {
  readonly description: string;
  /** `*` stands for any ending. */
  readonly keywords: readonly string[];
  readonly examples: readonly string[];
}

/**
 * The domains of the router's classifier, which are MMLU-Pro's, by their names there. `other` is what none of them
 * claims: its examples are there so that small talk is not taken for something.
 * @see https://arxiv.org/abs/2406.01574
 */
export const DOMAINS: Readonly<Record<string, Domain>> = {
  biology: {
    description: "Living things: cells, genes, evolution, plants, animals and ecosystems.",
    keywords: [
      ...["cell membrane", "mitochondri*", "chromosom*", "dna", "rna", "gene", "genes", "genetic*", "genom*"],
      ...["photosynthe*", "enzym*", "protein synthesis", "amino acid", "amino acids", "mitosis", "meiosis"],
      ...["bacteri*", "organism*", "species", "evolution*", "natural selection", "ecosystem*", "ecolog*"],
      ...["biolog*", "botan*", "zoolog*", "mutation*", "embryo*", "osmosis", "mammal*", "chlorophyll"],
    ],
    examples: [
      "How do cells divide?",
      "What is the role of ribosomes in making proteins?",
      "Why do plants need light to grow?",
      "How did birds come from dinosaurs?",
    ],
  },
  business: {
    description: "Running a company: strategy, management, marketing, accounting, finance and sales.",
    keywords: [
      ...["business*", "marketing", "startup*", "stakeholder*", "revenue*", "profit margin", "balance sheet"],
      ...["cash flow", "accounting", "bookkeeping", "entrepreneur*", "supply chain", "customer retention"],
      ...["market share", "human resources", "sales strategy", "branding", "investor*", "pitch deck", "kpi"],
      ...["return on investment", "roi", "competitor*", "shareholder*", "merger*", "acquisition*", "b2b"],
      ...["product launch", "pricing strategy", "management style", "swot", "franchise*", "quarterly"],
    ],
    examples: [
      "How should we price a new product?",
      "Write a plan for opening a coffee shop",
      "How can a company keep its customers?",
      "What is the difference between equity and debt financing?",
    ],
  },
  chemistry: {
    description: "Substances and their reactions: atoms, molecules, bonds, solutions, acids and bases.",
    keywords: [
      ...["chemi*", "molecul*", "molar*", "mole", "moles", "stoichiometr*", "covalent", "ionic", "valence"],
      ...["periodic table", "reagent*", "catalyst*", "oxidation*", "oxidiz*", "titration*", "acid", "acids"],
      ...["ph value", "isotope*", "hydrocarbon*", "alkane*", "alkene*", "polymer*", "enthalpy", "solute*"],
      ...[
        "solvent*",
        "redox",
        "electrolysis",
        "electronegativ*",
        "benzene",
        "sodium",
        "chloride",
        "sulfuric",
      ],
    ],
    examples: [
      "Balance the equation of burning methane",
      "What happens when an acid meets a base?",
      "How many moles are in 20 grams of salt?",
      "Why does ice float on water?",
    ],
  },
  "computer science": {
    description: "Programming, algorithms, data structures, operating systems, networks and databases.",
    keywords: [
      ...["algorithm*", "python", "javascript", "typescript", "java", "golang", "sql", "html"],
      ...["code", "coding", "compil*", "debug*", "function that", "regex*", "recursion", "recursive", "api"],
      ...["binary tree", "linked list", "hash table", "hash map", "data structure", "data structures", "git"],
      ...[
        "database*",
        "program*",
        "software",
        "operating system",
        "linux",
        "tcp",
        "http",
        "docker",
        "thread",
      ],
      ...[
        "mutex",
        "deadlock*",
        "time complexity",
        "big o",
        "machine learning",
        "neural network*",
        "compiler",
      ],
      ...["unit test", "unit tests", "stack overflow", "refactor*", "kubernetes", "bug", "script"],
    ],
    examples: [
      "Write a function that reverses a list",
      "Why does my loop never end?",
      "Explain how quicksort works",
      "What is the difference between a process and a thread?",
    ],
  },
  economics: {
    description: "Markets, prices, inflation, trade, employment, and monetary and fiscal policy.",
    keywords: [
      ...[
        "econom*",
        "inflation*",
        "deflation*",
        "gdp",
        "monetary",
        "fiscal",
        "interest rate",
        "interest rates",
      ],
      ...["central bank*", "supply and demand", "demand curve", "supply curve", "elasticit*", "unemployment"],
      ...["recession*", "monopol*", "oligopol*", "tariff*", "comparative advantage", "opportunity cost"],
      ...["marginal cost", "marginal utility", "keynes*", "exchange rate", "exchange rates", "trade deficit"],
      ...["game theory", "subsid*", "phillips curve", "externalit*", "purchasing power", "macro*"],
    ],
    examples: [
      "Why do prices rise when money is printed?",
      "What happens to demand when a good gets dearer?",
      "How does a central bank fight a recession?",
      "Who pays for a tax on imports?",
    ],
  },
  engineering: {
    description: "Building and designing: mechanical, electrical, civil and chemical engineering.",
    keywords: [
      ...["engineer*", "circuit*", "voltage*", "resistor*", "capacitor*", "transistor*", "torque", "gear*"],
      ...["bridge design", "beam", "beams", "load bearing", "truss*", "tensile", "shear stress", "bending"],
      ...["hydraulic*", "turbine*", "heat exchanger*", "combustion engine", "pid controller", "cad", "weld*"],
      ...[
        "concrete",
        "structural",
        "actuator*",
        "amplifier*",
        "motor",
        "motors",
        "fluid flow",
        "pump",
        "pumps",
      ],
      ...["manufactur*", "transformer winding", "signal processing", "feedback control", "bearing"],
    ],
    examples: [
      "How thick must a steel beam be to carry two tonnes?",
      "Design a circuit that turns on a light at night",
      "What limits the efficiency of a jet engine?",
      "How do you choose a pump for a water pipe?",
    ],
  },
  health: {
    description: "Medicine, diseases, symptoms, treatment, nutrition and fitness.",
    keywords: [
      ...["health*", "medic*", "symptom*", "disease*", "diagnos*", "treatment*", "patient*", "doctor*"],
      ...["vaccin*", "diabet*", "blood pressure", "hypertension", "cancer*", "infection*", "antibiotic*"],
      ...[
        "headache*",
        "fever",
        "cough",
        "nutrition*",
        "vitamin*",
        "diet",
        "calorie*",
        "cholesterol",
        "asthma",
      ],
      ...[
        "dosage",
        "ibuprofen",
        "aspirin",
        "surgery",
        "surgical",
        "pregnan*",
        "allerg*",
        "insulin",
        "cardio*",
      ],
      ...["side effect", "side effects", "sore throat", "migraine*", "exercise routine", "insomnia"],
    ],
    examples: [
      "What helps against a cold?",
      "Is it dangerous to take these two medicines together?",
      "How much should I sleep?",
      "My knee hurts when I run, what can it be?",
    ],
  },
  history: {
    description: "The past: wars, empires, revolutions, rulers, ancient and modern civilisations.",
    keywords: [
      ...["histor*", "empire*", "ancient", "medieval", "world war", "revolution", "revolutionary", "dynasty"],
      ...["century", "roman", "romans", "napoleon*", "civil war", "cold war", "colonial*", "renaissance"],
      ...["treaty of", "king", "queen", "emperor*", "pharaoh*", "ottoman*", "byzant*", "crusade*", "viking*"],
      ...["slavery", "holocaust", "archaeolog*", "feudal*", "soviet union", "industrial revolution", "1789"],
    ],
    examples: [
      "Why did Rome fall?",
      "Who started the First World War?",
      "What changed after the French Revolution?",
      "How did people live in the Middle Ages?",
    ],
  },
  law: {
    description: "Legal questions: contracts, crimes, courts, rights, statutes and liability.",
    keywords: [
      ...[
        "law",
        "laws",
        "legal*",
        "lawyer*",
        "attorney*",
        "lawsuit*",
        "contract",
        "contracts",
        "contractual",
      ],
      ...["court", "courts", "statut*", "plaintiff*", "defendant*", "liab*", "negligence", "tort", "torts"],
      ...["jurisdiction*", "constitution*", "copyright*", "trademark*", "patent*", "intellectual property"],
      ...["felony", "misdemeanor", "landlord*", "tenant*", "custody", "breach of", "precedent*", "subpoena"],
      ...["testament*", "gdpr", "due process", "hearsay", "judge", "jury", "sue", "evict*", "prosecut*"],
    ],
    examples: [
      "May my landlord keep the deposit?",
      "What makes an agreement binding?",
      "Can I be punished for what somebody else did?",
      "What rights has somebody who is arrested?",
    ],
  },
  math: {
    description: "Mathematics: arithmetic, algebra, geometry, calculus, probability and proofs.",
    keywords: [
      ...["math*", "equation*", "algebra*", "calculus", "derivative*", "integral*", "integrat*", "theorem*"],
      ...[
        "prove that",
        "proof",
        "polynomial*",
        "quadratic*",
        "matrix",
        "matrices",
        "eigenvalue*",
        "geometr*",
      ],
      ...[
        "triangle*",
        "trigonometr*",
        "logarithm*",
        "probabilit*",
        "prime number",
        "prime numbers",
        "factor*",
      ],
      ...[
        "square root",
        "fraction*",
        "solve for",
        "sum of",
        "vector space",
        "differentiat*",
        "combinatoric*",
      ],
      ...["permutation*", "modulo", "arithmetic", "hypotenuse", "divisible"],
    ],
    examples: [
      "Solve 3x + 4 = 19",
      "What is 17 times 24?",
      "Show that there is no largest prime",
      "What is the area of a circle with radius 5?",
    ],
  },
  philosophy: {
    description: "Ethics, logic, knowledge, mind, free will and the great philosophers.",
    keywords: [
      ...[
        "philosoph*",
        "ethic*",
        "moral*",
        "metaphysic*",
        "epistemolog*",
        "ontolog*",
        "existential*",
        "kant",
      ],
      ...[
        "plato",
        "aristotle",
        "socrates",
        "nietzsche",
        "descartes",
        "utilitarian*",
        "free will",
        "determinis*",
      ],
      ...["categorical imperative", "stoic*", "consciousness", "meaning of life", "dualism", "syllogism*"],
      ...["trolley problem", "virtue*", "hume", "wittgenstein", "nihilis*", "hedonis*", "a priori", "rawls"],
    ],
    examples: [
      "Is it ever right to lie?",
      "Can we know anything for certain?",
      "Do we choose what we do?",
      "What makes a life good?",
    ],
  },
  physics: {
    description: "Motion, forces, energy, heat, light, electricity, relativity and quanta.",
    keywords: [
      ...[
        "physic*",
        "quantum*",
        "velocity",
        "accelerat*",
        "gravit*",
        "momentum",
        "kinetic",
        "newton",
        "newton's",
      ],
      ...["relativity", "photon*", "electron", "electrons", "thermodynamic*", "entropy", "electromagnet*"],
      ...[
        "magnetic field",
        "wavelength*",
        "friction",
        "joule",
        "joules",
        "black hole",
        "black holes",
        "neutron*",
      ],
      ...["speed of light", "potential energy", "projectile*", "pendulum*", "refraction*", "nuclear fusion"],
      ...["higgs", "schrodinger", "schrödinger", "free fall", "centripetal", "doppler", "capacitance"],
    ],
    examples: [
      "How fast is a stone after falling for three seconds?",
      "Why is the sky blue?",
      "What is heavier on the moon?",
      "Why can nothing be faster than light?",
    ],
  },
  psychology: {
    description: "Mind and behaviour: emotions, learning, memory, personality and mental disorders.",
    keywords: [
      ...["psycholog*", "psychiatr*", "cognitive", "behavio*", "anxiety", "depression", "therap*", "freud*"],
      ...["personality", "mental health", "emotion*", "memory bias", "conditioning", "pavlov*", "attachment"],
      ...[
        "self-esteem",
        "self esteem",
        "motivation*",
        "trauma*",
        "adhd",
        "autis*",
        "phobia*",
        "procrastinat*",
      ],
      ...[
        "subconscious*",
        "piaget",
        "maslow*",
        "burnout",
        "narcissis*",
        "introver*",
        "extrover*",
        "bystander",
      ],
    ],
    examples: [
      "Why do I put everything off until the last day?",
      "How do children learn to trust?",
      "Why do people follow the crowd?",
      "What is going on in somebody who panics?",
    ],
  },
  other: {
    description: "",
    keywords: [],
    examples: [
      "Hi there",
      "Thank you very much",
      "Who are you and what can you do?",
      "Tell me something funny",
      "What will the weather be like tomorrow?",
      "Write a letter to a friend",
      "What should I cook tonight?",
      "Find a better word for this",
    ],
  },
};

/** A domain by the name that a file gives it, whichever way its words are joined; null where it is none. */
export function domainOf(name: string): Domain | null {
  const plain = name.trim().toLowerCase().replaceAll(/[\s_-]+/g, " ");
  const known = Object.hasOwn(DOMAINS, plain) ? plain : ALIASES[plain];
  return known === undefined ? null : DOMAINS[known] ?? null;
}

/** What files call them besides. */
const ALIASES: Readonly<Record<string, string>> = {
  mathematics: "math",
  maths: "math",
  medicine: "health",
  medical: "health",
  legal: "law",
  finance: "economics",
  coding: "computer science",
  code: "computer science",
  programming: "computer science",
  general: "other",
};
