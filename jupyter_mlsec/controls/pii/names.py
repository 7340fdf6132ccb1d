"""Common given names and family names of many countries, written from general knowledge: evidence, never proof."""

# ruff: noqa: E501, RUF001  (patterns and words of other scripts, kept whole)

from __future__ import annotations

_GIVEN = """
aarav aaron aase abby abdul abdullah abigail adam aditi aditya adrian adriana adwoa agus ahmed ahmet aidan aiko aino
aisha akash akira akosua alan albert alberto alejandra alejandro aleksandra alessandro alessia alex alexander
alexandra alexandru alexis alfred alfredo ali alice alicia alina allison alma alva ama amanda amber amelia amelie
amina amir amit amy ana anand ananya anders andre andrea andreas andrei andres andrew andrzej angel angela angelica
angelo anh anil anita anja anjali anke ankit ann anna anne anneli annette annika anthony antje antoine anton antonella
antonia antonio anu april arda aria ariana arild arjun arnav arne arthur arturo arun arvid asbjorn asha ashley astrid
asuncion audrey aurora austin ava avi axel aylin ayse barbara barry bart bartosz beatrice beatriz becky ben bengt
benjamin bent berk bernard bernardo bernd bertil beth bethany betty bhavna bianca bill birgit birgitta bjorn blanca bo
bob bogdan boris bozena bozidar bradley brandi brandon brandy brenda brent brett brian bridget britt brittany bruce
bruno bryan budi burak caitlin calvin camila camille carl carla carlo carlos carmen carol carole carolina caroline
carolyn carrie casey cassandra catalina catherine cathy cecilia cecilie cedric celia celine cem chad chaim chandra
charlene charles charlie charlotte chelsea cheryl chinwe chiyo chloe chris christian christiane christina christine
christophe christopher chukwu cindy claire clara clarence claude claudia clemens colin colleen connie connor consuelo
corey cory courtney craig cristian cristina crystal curtis cynthia cyril dagmar daichi daisy dale damian damien dan
dana daniel daniela daniele danielle danny danuta darius darlene darren darryl dave david dawid dawn dean deanna
debbie deborah debra deepa deepak denis denise deniz dennis derek derrick desiree dev devin devon dewi diana diane
diego dieter dimitri dimitris dirk divya diya dmitri dolores dominic dominik dominique don donald donna dora dorothea
dorothy douglas dragan duane duc dustin dylan earl ebru ece eddie edgar edith eduardo edward edwin eero eila eileen
eino eirik elaine eleanor elena eleni eleonora elias elif elin elisa elisabeth elise eliza elizabeth elke ella ellen
elsa elsie emeka emil emilia emilie emilio emily emine emma emmanuel emre enrico enrique eric erica erich erik erika
erin ernest ernst esperanza esra esteban estelle ester esther ethan eugene eugenia eva evan evelyn ewa fabian fabio
faith fang fatima fatma felicia felipe felix ferdinand fernanda fernando filip filippo fiona florence florian frances
francesca francesco francis francisca francisco frank franz fred frederic frederik fredrik friedrich gabriel gabriela
gabriele gabrielle gail gary gaurav geert geeta gemma gene genevieve georg george georges georgia georgios gerald
geraldine gerard gerhard gertrude gheorghe gianluca gilbert gilles gina giorgio giorgos giovanna giovanni giulia
giuseppe giuseppina glen glenda glenn gloria gonzalo goran gordon gosta grace graham greg gregory greta gro grzegorz
guido guillaume guillermo gul gunilla gunnar gunter gustav guy haakon hai hailey hakan halina hana hang hanna hannah
hanne hannele hannes hannu hans harald harold harry harsh haruka hasan hasna hassan hatice heather hector hege heidi
heike heikki hein heinrich heinz helen helena helene helga helmut helvi hendrik henri henrik henry herbert herman hieu
hilda hiroshi hoa holger holly hong horst howard hubert hugo hui huong huseyin hussein ian ibrahim ida ifeoma ignacio
igor ilaria ilmari ilona ines inge ingeborg ingrid ingvar ingvild inka ioana ioannis ion irena irene irina irma isaac
isabel isabella isabelle isha ismail ivan ivana ivar ivica jack jackie jackson jaclyn jacob jacqueline jacques jadwiga
jaime jake jakob jakub james jamie jan jana jane janet janice janne janusz jari jaroslav jasmin jasmine jason javier
jay jean jeanette jeanne jeff jeffery jeffrey jenna jennifer jenny jens jeremiah jeremy jerome jerry jerzy jesper
jesse jessica jesus jie jill jillian jim jimmy jing jiri jo joan joann joanna joanne joao joaquin jocelyn jodi joe
joel joerg johan johanna johannes john johnathan johnny jon jonas jonathan jonny jordan jorge jose josef joseph
josephine joshua josip jovan joy joyce juan juana juanita judith judy juha juhani juho julia julian juliana julie
julien juliette julio julius jun june jurgen justin justine jutta jyoti kaarina kacper kagiso kai kaisa kalle kamil
kaori kara kare karel karen kari karin karina karl karla karolina katarzyna kate katerina katharina katherine kathleen
kathryn kathy katie katja katrin katrina kavita kay kayla kazimierz kazuya keith kelli kellie kelly kelsey kemal ken
kendra kenji kenneth kerry kerstin kevin khalid kiara kim kimberly kiran kirsten kirsti kjell kjetil klaus knut kofi
konrad konstantin konstantinos krishna kristen kristi kristian kristin kristina kristine kristy krystal krystyna
krzysztof kumiko kurt kwame kyle kyllikki lakshmi lan lance lara larry lars latasha latoya laura lauren laurence
laurent lauri laurie lea leah lee leena leif lena lennart leo leon leonard leonardo leonie lerato leroy leslie leszek
leticia leyla liam lidia liisa lilian liliana lillian lily lina linda lindsay lindsey linh linnea lisa liv lloyd logan
lois lola long lorena lorenzo lori lorraine lotte louis louise luc luca lucas lucia luciano lucie lucy ludovic ludwig
luis luisa lukas lukasz luke luz lydia lynn mackenzie madeleine madison mads magda magdalena magnus mai maija maiko
maja malgorzata malik malin manabu manfred manish manuel manuela marc marcel marcela marcelo marcia marcin marco
marcos marcus marek margaret margareta margarita margot maria mariana marianne marie mariela marija marilyn marina
mario marion marisa marissa marit mariusz marjatta marjorie mark markku markus marlene marta martha marti martin
martina martine marvin mary maryam matej mateusz mathias mathieu mathilde matias matilda matteo matthew matthias matti
maureen maurice mauricio max maxime maximilian maya mayumi meera megan meghan mehmet melanie melinda melissa melody
mercedes merja merve mia michael michaela michal michel michele michelle mickey miguel mihai mika mikael mike mikhail
miki mikko milan milena milica min ming minh minna minoru miranda miriam mirja miroslav miroslaw misty mitchell
mohamed mohammad mohammed mohan molly momoko mona monica monika monique morgan moritz morten moshe muhammad murat
mustafa nadia nadine nam nancy naoki naomi naoto natalia natalie natasha nathalie nathan nathaniel neeraj neha neil
nelson nenad nestor nga ngoc ngozi nicholas nicola nicolas nicole nicolo niels nikhil nikita nikola nikolai nikolaus
nikos nils nina nisha nitin noa noah noel noemi nomsa nora norbert norma norman nur nuria octavio oddvar ola olaf
olavi oleg olga olive oliver olivia olivier oliwia olle oluwaseun om omar ondrej onur osamu oscar oskar osman otto
owen ozge ozlem pablo paige paivi pam pamela panagiotis pankaj paola paolo pascal patrice patricia patrick patrik
patty paul paula pauline paulo pavel pawel pedro peggy pekka penny pentti per perry pertti petar peter petra petri
petteri phil philip philipp philippe phillip phuong phyllis pia pierre pieter pilar piotr pooja prakash pranav preeti
priya putri quang rachael rachel rafael ragnhild rahul raj rajesh rajiv ralf ralph ramesh ramon randall randy rani
raquel raul ravi ray raymond rebecca regina rei reinhard rekha remy renata renate rene renee reyna rhonda ricardo
riccardo richard rick ricky riitta rika rita ritu ritva rivka robert roberta roberto robin robyn rocio roderick rodney
rodrigo roger rohan rohit roland rolf romain roman ron ronald rosa rosario rose rosemary ross roxanne roy ruben rudolf
rui russell ruth ryan ryosuke ryszard sabine sabrina sachin sally salma salvador salvatore sam samantha sameer samira
samuel sandeep sandra sandro sandy sanjay sanna santiago sapna sara sarah sari sasha saskia sayuri scott sean
sebastian sebastien seema selin selma seppo serge sergei sergio serkan seth shah shane shannon sharon shaun shawn
sheila shelby shelly sheri sherri sherry shirley shlomo shota shreya sibel sidney sigrid silje silke silvia simon
simone sindre sipho sirpa siti slawomir slobodan sneha snezana sofia sofie solveig sonia sonja sonya sophia sophie
soren sri stacey stacy stanislav stanislaw stefan stefania stefanie stella stephan stephanie stephen steve steven stig
stuart sture sue sunil sunita suresh susan susana susanna susanne suzanne sven svetlana swati sylvia sylvie szymon
tabitha tadeusz takashi tamar tamara tammy tanja tanvi tanya tapani tara taro tatiana taylor ted teresa terese teri
terrance terrence terri terry thabo thanh thao thea theo theodor theodore theresa therese thi thierry thomas thu thuy
tien tiffany tim timo timothy tina tobias todd tolga tom tomas tomasz tommy tomoko tomoya toni tony tonya tor tord
tore tove tracey traci tracy trang travis trevor tricia trine trond troy trung tsubasa tuan tugba tuomas turid tuula
tyler ugur ulf ulla ulrich ulrike uma umar urho ursula urszula usha uwe valentin valentina valeria valerie van vanessa
varun vasile vasilis veikko vera verena veronica vesna vicente vicki vickie victor victoria vidar vidya vijay vikas
vikram viktor ville vilma vincent vincenzo vinh vinod viola violet virginia vitor viveca vivek vivian vladimir volkan
volker wahyu walter wanda wayne wei wendy werner wesley wieslaw wiktoria wilhelm willem william willie wlodzimierz
wojciech wolfgang xavier yael yan yann yasemin yash yasmin yaw yen ying yngve yoko yolanda yosuke yuki yumiko yusuf
yves yvonne zachary zanele zbigniew zdzislaw zeynep zoe zofia zoran zuzana
"""
_FAMILY = """
abbas acosta adams adeyemi adkins agarwal aguilar aguirre ahmed ahonen albrecht alexander ali allen almeida alvarado
alvarez alves amato andersen anderson andrade andre andreassen andrews araujo armstrong arnaud arnold arora arslan
aslan atkins austin axelsson aydin bailey bajaj baker bakker ball balogh banerjee banks barber barbier barbieri
barbosa barker barnes barrett bauer baumann beck becker beek bell benedetti benes bengtsson benitez bennet bennett
berg berger berglund bergmann bergstrom bernard berry bertrand bhatia bhatt bianchi bianco bishop black blair blanc
blanchard blanco blazek boer bohm bonnet bos bose botha bouchard bowen bowman boyd boyer bradley brady brandt braun
bravo brewer broek brooks brouwer brown brun brunet bruno bryant buchanan bui burgess burke burns burton busch butler
byrd byrne cabrera cai calderon camacho cameron campbell campos cannon cano carbone cardenas cardona cardoso carlson
caron carpenter carr carrillo carroll carter caruso carvalho castillo castro cattaneo celik cermak cerna cerny cetin
chandler chapman chatterjee chaudhary chavez chen chevalier chopra chowdhury christensen christiansen ciobanu clark
clement cohen cole coleman colin collins colombo conte conti contreras cook cooper coppola correa cortes costa cote
cox crawford cruz cunningham curtis dabrowski dahl dang dangelo daniels das david davidson davis day dean dekker
delgado deluca demir deng denis desai desantis dias diaz dietrich dijk dijkstra dixon dlamini do dogan dolezal
dominguez dong doyle duarte dubois dufour dumitru dumont duncan dunn duong dupont durand dutta duval dvorak dvorakova
edwards elliott ellis engel erickson eriksson escobar espinosa espinoza esposito estrada evans fabbri farina farkas
farmer faure feng ferguson fernandes fernandez ferrara ferrari ferraro ferreira fiala fields figueroa fischer fisher
fletcher flores fontaine fontana ford forsberg fortin foster fournier fowler fox francois frank franke franklin fraser
fredriksson freeman freitas friedman friedrich fuchs fuentes fuller gagnon gaillard gallego gallegos galli gallo gao
garcia gardner garnier garrett garrido garza gatti gauthier gautier gentile george georgiou gheorghe ghosh gibson gil
gilbert gill giordano girard giraud giuliani glover goel gomes gomez goncalves gonzales gonzalez goodwin gordon graaf
grabowski graf graham grant grassi grasso graves gray greco green greene gregory griffin groot gross guerin guerrero
gunther guo gupta gustafsson gutierrez guzman haan haas haddad hagen hahn hajek hall halvorsen hamalainen hamilton
hammond hansen hanson hansson harper harris harrison hart hartmann harvey hassan haugen hawkins hay hayashi hayes he
heikkila heikkinen heinonen heinrich henderson hendriks henriksen henriksson henry hernandez herrera herrmann heuvel
hicks hidalgo higgins hill hoang hodges hoekstra hoffman hofmann holloway holm holmes horak horakova horn horton
horvath howard howell hu huang hubbard huber hudson hughes huisman hunt hunter hussain huynh ibarra iglesias ingram
inoue ionescu ito ivanov ivanova iyengar iyer jackson jacobs jacobsen jacobson jager jain jakobsson james jankowski
jansen janssen jansson jarvinen jelinek jenkins jennings jensen jimenez johannessen johansen johansson johnson
johnston jokinen joly jonasson jones jong jonsson jordan jorgensen joshi jung kaczmarek kaiser kaminska kaminski
kapoor kara karjalainen karlsson kato katz kavanagh kaya keith keller kelley kelly kennedy khan khanna kilic kim
kimura king kinnunen kiss klein knight knudsen kobayashi koc koch kohler kok kolar konig korhonen koskinen koster
kovac kovacs kowalczyk kowalska kowalski kozlov kozlowski kral kramer kraus krause krawczyk kristensen kriz krol
kruger kucera kucerova kuhn kulkarni kumar kurt kuznetsov kuznetsova kwiatkowski laine laitinen lambert lane lang
lange larsen larson larsson laurent lawrence lawson le lebedev lee leeuwen lefebvre lefevre legrand lehmann lehtinen
lehtonen lemaire lemoine leon leonard leone leroy levi lewandowska lewandowski lewis li liang lima lin lind lindberg
linden lindgren lindqvist lindstrom little liu logan lombardi lombardo long longo lopes lopez lorenz lozano lucas
ludwig luna lund lundberg lundgren lundqvist luo ly lynch lyons macdonald machado madsen magnusson maier makela
makinen maldonado malhotra malik mancini mann manning mansour marchand marchetti marek mariani marie marin marini
marino marques marquez marshall martin martinelli martinez martini martins mason massey masson matei mathieu matsumoto
matthews mattila mattsson maxwell mayer mazur mazza mccarthy mccormick mccoy mcdonald mckenzie medina meer mehta meier
meijer mejia melo mendes mendez mendoza menon mensah mercier messina meunier meyer michalski miller mills mishra
mitchell mizrahi moller molnar montgomery monti moore mora morales moreau moreira morel morelli moreno moretti morgan
morin morozov morris morrison mortensen moss mueller mukherjee mulder muller mullins munoz murphy murray myers nagy
naidoo naidu nair nakamura nascimento nasser navarro navratil nelson nemcova nemec nemeth neumann newman newton ngo
nguyen nichols nicolas nielsen niemi nieminen nilsson nkosi noel norris novak novikov novotna novotny nowak nunes
nunez obrien ochoa oconnor okafor okonkwo oliveira oliver olofsson olsen olson olsson ortega ortiz osborne osei otto
owens owusu ozdemir ozkan ozturk pacheco padilla palmer palumbo pan pandey papadopoulos papp parisi park parker
parrish pascual patel patil patterson pawlowski payne pedersen pellegrini pellegrino pelletier pena peng pereira
peretz perez perkins perrin perry persson peters petersen peterson petit petrov petrova pettersson pfeiffer pham phan
phillips picard pierce pillai piotrowski pittman pohl pokorny polat poole popa pope popescu popov porter pospisil
postma potter poulsen powell price prieto prins prochazka prochazkova quinn quintero radu ramirez ramos rantanen rao
rasmussen rastogi ray reddy reed reeves reid renard reyes reynolds rhodes ribeiro ricci rice richard richards
richardson richter riley rinaldi rios ritchie rivas rivera riviere rizzi rizzo robert roberts robertson robin robinson
robles rocha roche rodrigues rodriguez rogers rojas romano romero ross rossi roth rousseau roussel roux rowe rubio
ruiz russell russo ruzicka ryan saarinen sahin saito sala salas salazar saleh salinas salminen salo salonen sanchez
sandberg sanders sandoval sanna santana santiago santoro santos sanz sasaki sato sauer savolainen saxena schmid
schmidt schmitt schneider scholz schouten schreiber schroder schultz schulz schulze schumacher schuster schwartz
schwarz scott sedlak seidel sen serra serrano sethi shah sharma sharp shaw sheikh shelton shimizu silva silvestri
simmons simon simpson sims simsek sinclair singh sinha sjoberg skinner smirnov smirnova smit smith smits snyder soares
sokolov solis sommer sorensen soto souza spencer srinivasan stan steele stein stephens stevens stevenson stewart
stoica stone suarez subramanian sullivan summers sun suzuki svensson svoboda swanson szabo szymanska szymanski takacs
tanaka tang tate taylor teixeira terry testa thakur thomas thompson thomsen tian tiwari todd torres toth tran tremblay
trivedi trujillo tucker tuominen turner turunen tyler urban valdez valencia valentini vandermerwe vanek varga vargas
vasquez vaughn veen vega velasco velazquez vera verma vermeulen vesela vesely vidal vieira villa villanueva vincent
virtanen visser vitale vo vogel vogt voigt volkov vos vries vu wade wagner walker wallace wallin walsh walter wang
ward warren washington watanabe watkins watson weaver webb weber weiss welch wells werner west wheeler white wieczorek
willems williams williamson willis wilson winkler winter wisniewska wisniewski wit wojciechowski wojcik wolf wolff
wong wood woods wozniak wright wu xiao xie xu yadav yamada yamaguchi yamamoto yang yates yildirim yildiz yilmaz
yoshida young zajac zamora zapata zeman zeng zhang zhao zheng zhou zhu ziegler zielinska zielinski zimmermann
"""

GIVEN = frozenset(_GIVEN.split())
"""Given names, folded to ASCII and lower case."""
FAMILY = frozenset(_FAMILY.split())
"""Family names, folded likewise."""
HAN_FAMILY = frozenset(
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾萧肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤廉"
    "張劉陳楊黃趙吳孫馬羅鄭許韓馮鄧蕭葉蘇魏呂盧鍾譚陸賈韋鄒龍黎賀顧龔萬錢嚴湯常温康施文牛樊葛邢安齐易乔伍庞颜倪庄聂章鲁岳翟殷詹申欧耿关兰焦俞左柳甘祝包宁尚符舒阮柯纪梅童凌毕单季裴霍涂成苗谷盛曲翁冉骆蓝路游辛靳管柴"
    "蒙鲍华喻祁蒲房滕屈饶解牟艾尤阳时穆农司卓古吉缪简车项连芦麦褚娄窦戚岑景党宫费卜冷晏席卫米柏宗瞿桂全佟应臧闵苟邬边卞姬师和仇栾隋商刁沙荣巫寇桑郎甄丛仲虞敖巩明佘池查麻苑迟邝"
)
HANGUL_FAMILY = frozenset(
    "김이박최정강조윤장임한오서신권황안송류전홍고문양손배백허유남심노하곽성차주우구민나진지엄채원천방공현함변염여추도소석선설마길연위표명기반왕금옥육인맹제모탁국어은편용예봉경사부"
)
JAPANESE_FAMILY = frozenset(
    [
        "佐藤",
        "鈴木",
        "高橋",
        "田中",
        "伊藤",
        "渡辺",
        "山本",
        "中村",
        "小林",
        "加藤",
        "吉田",
        "山田",
        "佐々木",
        "山口",
        "松本",
        "井上",
        "木村",
        "林",
        "斎藤",
        "清水",
        "山崎",
        "森",
        "池田",
        "橋本",
        "阿部",
        "石川",
        "山下",
        "中島",
        "石井",
        "小川",
        "前田",
        "岡田",
        "長谷川",
        "藤田",
        "後藤",
        "近藤",
        "村上",
        "遠藤",
        "青木",
        "坂本",
        "斉藤",
        "福田",
        "太田",
        "西村",
        "藤井",
        "金子",
        "岡本",
        "藤原",
        "三浦",
        "中野",
        "中川",
        "原田",
        "松田",
        "竹内",
        "小野",
        "田村",
        "中山",
        "和田",
        "石田",
        "森田",
        "上田",
        "原",
        "内田",
        "柴田",
        "酒井",
        "宮崎",
        "横山",
        "高木",
        "安藤",
        "宮本",
        "大野",
        "小島",
        "谷口",
        "工藤",
        "今井",
        "高田",
        "増田",
        "丸山",
        "杉山",
        "村田",
        "大塚",
        "新井",
        "小山",
        "平野",
        "藤本",
        "河野",
        "上野",
        "野口",
        "武田",
        "松井",
        "千葉",
        "菅原",
        "岩崎",
        "久保",
        "木下",
        "佐野",
        "野村",
        "松尾",
        "市川",
        "菊地",
        "杉本",
        "古川",
        "島田",
        "渡部",
        "若松",
        "津田",
        "廣川",
        "桐山",
        "笹田",
        "青山",
        "浜田",
        "喜嶋",
        "吉本",
        "宇野",
        "江古田",
        "加納",
        "小泉",
        "大垣",
        "近藤",
    ]
)
ELSEWHERE = frozenset(
    [
        "иван",
        "мария",
        "анна",
        "александр",
        "елена",
        "ольга",
        "дмитрий",
        "сергей",
        "андрей",
        "алексей",
        "наталья",
        "татьяна",
        "михаил",
        "николай",
        "владимир",
        "екатерина",
        "ирина",
        "светлана",
        "юрий",
        "виктор",
        "павел",
        "максим",
        "артем",
        "роман",
        "денис",
        "евгений",
        "игорь",
        "олег",
        "анастасия",
        "дарья",
        "юлия",
        "людмила",
        "галина",
        "валентина",
        "марина",
        "тарас",
        "богдан",
        "оксана",
        "олена",
        "ярослав",
        "микола",
        "петро",
        "василь",
        "григорій",
        "андрій",
        "сергій",
        "дмитро",
        "олександр",
        "іван",
        "марія",
        "наталія",
        "тетяна",
        "софія",
        "राम",
        "सीता",
        "राहुल",
        "प्रिया",
        "अमित",
        "सुनीता",
        "राजेश",
        "अनीता",
        "विजय",
        "संजय",
        "पूजा",
        "नेहा",
        "रवि",
        "कुमार",
        "शर्मा",
        "सिंह",
        "वर्मा",
        "गुप्ता",
        "पटेल",
        "यादव",
        "मिश्रा",
        "लक्ष्मी",
        "अर्जुन",
        "अनिल",
        "दीपक",
        "मोहन",
        "गीता",
        "मीना",
        "सुरेश",
        "रमेश",
        "महेश",
        "अजय",
        "मनोज",
        "कविता",
        "محمد",
        "أحمد",
        "علي",
        "حسن",
        "حسين",
        "فاطمة",
        "مريم",
        "عبدالله",
        "خالد",
        "عمر",
        "يوسف",
        "ابراهيم",
        "سارة",
        "نور",
        "ليلى",
        "زينب",
        "محمود",
        "مصطفى",
        "سعيد",
        "عبد",
        "رضا",
        "مهدی",
        "زهرا",
        "γιωργος",
        "μαρια",
        "ελενη",
        "νικος",
        "δημητρης",
        "κωστας",
        "ιωαννης",
        "γεωργιος",
        "κωνσταντινος",
        "αικατερινη",
        "παναγιωτης",
        "βασιλης",
        "αννα",
        "סמדר",
        "משה",
        "דוד",
        "שרה",
        "יעל",
        "כהן",
        "לוי",
        "יוסף",
        "רחל",
        "אברהם",
        "nguyễn",
        "trần",
        "lê",
        "phạm",
        "hoàng",
        "huỳnh",
        "phan",
        "vũ",
        "võ",
        "đặng",
        "bùi",
        "đỗ",
        "hồ",
        "ngô",
        "dương",
    ]
)
"""Names in other scripts, in lower case without accents where the script has them."""
