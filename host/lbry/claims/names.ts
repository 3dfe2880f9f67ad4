/** Names of the numbers by which claims write languages (ISO 639-1), scripts (ISO 15924), countries (ISO 3166) and currencies. */

export interface Names {
  /** undefined for 0, and for a number that has no name yet */
  nameOf(number: number): string | undefined;
  /** undefined for a name that has no number */
  numberOf(name: string): number | undefined;
}

/** In the order of their numbers, from 1; 0 is none. The same in version 1 and 2. */
export const languages = table(
  'en aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz ee el eo es et eu',
  'fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik io is it iu ja jv ka kg ki kj kk kl km kn',
  'ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne ng nl nn no nr nv ny oc oj om or os',
  'pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg si sk sl sm sn so sq sr ss st su sv sw ta te tg th ti tk tl tn to tr ts tt tw',
  'ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu',
);
export const scripts = table(
  'Adlm Afak Aghb Ahom Arab Aran Armi Armn Avst Bali Bamu Bass Batk Beng Bhks Blis Bopo Brah Brai Bugi Buhd Cakm Cans Cari Cham',
  'Cher Cirt Copt Cpmn Cprt Cyrl Cyrs Deva Dogr Dsrt Dupl Egyd Egyh Egyp Elba Elym Ethi Geok Geor Glag Gong Gonm Goth Gran Grek',
  'Gujr Guru Hanb Hang Hani Hano Hans Hant Hatr Hebr Hira Hluw Hmng Hmnp Hrkt Hung Inds Ital Jamo Java Jpan Jurc Kali Kana Khar',
  'Khmr Khoj Kitl Kits Knda Kore Kpel Kthi Lana Laoo Latf Latg Latn Leke Lepc Limb Lina Linb Lisu Loma Lyci Lydi Mahj Maka Mand',
  'Mani Marc Maya Medf Mend Merc Mero Mlym Modi Mong Moon Mroo Mtei Mult Mymr Nand Narb Nbat Newa Nkdb Nkgb Nkoo Nshu Ogam Olck',
  'Orkh Orya Osge Osma Palm Pauc Perm Phag Phli Phlp Phlv Phnx Plrd Piqd Prti Qaaa Qabx Rjng Rohg Roro Runr Samr Sara Sarb Saur',
  'Sgnw Shaw Shrd Shui Sidd Sind Sinh Sogd Sogo Sora Soyo Sund Sylo Syrc Syre Syrj Syrn Tagb Takr Tale Talu Taml Tang Tavt Telu',
  'Teng Tfng Tglg Thaa Thai Tibt Tirh Ugar Vaii Visp Wara Wcho Wole Xpeo Xsux Yiii Zanb Zinh Zmth Zsye Zsym Zxxx Zyyy Zzzz',
);
export const countries = table(
  'AF AX AL DZ AS AD AO AI AQ AG AR AM AW AU AT AZ BS BH BD BB BY BE BZ BJ BM BT BO BQ BA BW BV BR IO BN BG BF BI KH CM CA CV KY',
  'CF TD CL CN CX CC CO KM CG CD CK CR CI HR CU CW CY CZ DK DJ DM DO EC EG SV GQ ER EE ET FK FO FJ FI FR GF PF TF GA GM GE DE GH',
  'GI GR GL GD GP GU GT GG GN GW GY HT HM VA HN HK HU IS IN ID IR IQ IE IM IL IT JM JP JE JO KZ KE KI KP KR KW KG LA LV LB LS LR',
  'LY LI LT LU MO MK MG MW MY MV ML MT MH MQ MR MU YT MX FM MD MC MN ME MS MA MZ MM NA NR NP NL NC NZ NI NE NG NU NF MP NO OM PK',
  'PW PS PA PG PY PE PH PN PL PT PR QA RE RO RU RW BL SH KN LC MF PM VC WS SM ST SA SN RS SC SL SG SX SK SI SB SO ZA GS SS ES LK',
  'SD SR SJ SZ SE CH SY TW TJ TZ TH TL TG TK TO TT TN TR TM TC TV UG UA AE GB US UM UY UZ VU VE VN VG VI WF EH YE ZM ZW',
);
export const currencies = table('LBC BTC USD');

function table(...lines: string[]): Names {
  const names = lines.join(' ').split(' ');
  const numbers = new Map(names.map((name, index) => [name, index + 1]));
  return { nameOf: number => names[number - 1], numberOf: name => numbers.get(name) };
}
