package legacy_test

// syllables are common ones, of all rhymes and tones.
const syllables = `
ai ao áo ấy ăn anh ánh ảnh ấm ân ẩn ấp âm yêu yên yếu ý y ỷ ông ốc ôm ồn ổn ơn ở ôi ối ươn ướt ước uống út ưa ứng oan oai oanh oằn uyên uế ủy uỷ uể eo éo êm ếch ít ỉu im in ình
ba bà bả bã bá bạ bạch bàn bảng bánh bão báo bắc bằng bắt bậc bầu bẩn bẫy bấm bé bẻ bèo bên bến bếp bệnh biển biết biếu biện bìa bích bịt bò bỏ bọc bóng bộ bồi bốn bởi bớt bơm bụi bùn búp bước bưởi buổi buồn buýt
ca cá cách cảm cánh cao cáo cắt cần cẩn câu cấp cậu cây có cò cỏ con còn công cột cơm cờ cỡ cũ cũng cúng của cục cuối cuộc cuốn cửa cứu cười cưỡi cưới cương
cha chào chảy chăm chân chất chậm chè chén chết chị chiều chiến chính chỉ chín cho chó chọn chống chồng chờ chợ chúc chủ chúng chuyện chuyến chương chữ chứa
da dạ dài dân dẫn dấu dậy dễ dệt dĩ dịch diện diễn dọc dòng dỗ dùng dự dừa đa đã đá đám đang đảng đào đạo đắt đặc đằng đất đầu đẩy đẹp đẽ đèn đề đế đến đêm đều đi đĩa điện điều địch đoàn đoạn đọc đòi đó đông động đồng đổi đội đợi đủ đúng đưa đường được đức
ga gà gạo gặp gần gấp gì gia giá giả giàn giáo giặt giấy giếng giêng giết giò gió giỏi giống giờ giới giữ giữa giục góc gọi gỗ gốc gửi gương gượng ghe ghế ghi ghét
ha hà hạ hai hải hàng hành hát hãy hằng hẹn hè hẻm hết hiện hiểu hình hoa hoà hòa hoạch hoãn hoàng hoặc học họp họ hỏi hộ hội hồng hơi hợp hơn huệ huy huyện huyết huỳnh hút hướng hưởng hữu
kè kẻ kênh kế kết kêu khá khách khai khoa khoá khóa khoảng khoẻ khỏe khoét khó khói không khổ khởi khu khuya khuỷu khuyến khuấy khuếch khúc ki kì kỳ kỹ ký kiến kiểm kiện kính kịp
là lá lạ làm làng lãnh lao lắm lắng lấy lập lệ lên lễ liên liệt lịch lo lòng loan loài loại lớn lời lợi lớp lũ lúa luật luôn lưu lưới lượng lười mà mã mai mãi mạnh mát mắt mặc mẹ mẻ mến mía mình mỗi mới mở mồm một mũ mục muối muỗi muốn mừng mười mượn mương
nam năm nắng nặng nấm nền nếu nỗi nói nón nông nổi nội nữ nước nuôi núi nửa nữa nga ngã ngày ngành ngắn ngập ngồi ngõ ngoài ngoại ngọc ngô ngủ nguyên nguyện nguồn ngữ ngược người nghe nghề nghỉ nghĩ nghĩa nghiêng nghiệp nghệ nhà nhạc nhanh nhân nhận nhiều nhiễm nhẹ nhỏ nhóm nhớ nhờ nhũng những như nhường
phải pháp phát phẩm phần phép phía phiếu phòng phố phổ phụ phục phút phước pin qua quá quà quan quản quảng quanh quạt quắn quân quận quần quầy quen quê quên quét quyền quyết quyển quý quỹ quỳnh quốc quở quýt quỵt
ra rau rạng rất rằng rẻ rõ rồi rộng ruộng rừng rưỡi rượu sa sách sản sáng sạch sắc sắp sẽ sếp sĩ siêu sinh sống sông sổ số sơ sớm sự sức sửa suối suốt suy
ta tài tám tâm tập tất tây tên tết tìm tin tình tỉnh tiền tiếng tiếp tiêu to toà tòa toàn toán tổ tổng tôi tốt tờ tới trả trái trăm trẻ trên triển trình trong trồng trở trời trước trưa trường trưởng tuần tuổi tuy tuyên tuyến tuyết tuýp tục tự từ từng tường tượng tha thác thái thành tháng thắng thấp thầy thấy thế thêm thể thì thích thiên thiếu thịt thoát thoại thôn thông thời thơ thu thuê thuế thuở thuật thuận thuỷ thủy thuyền thuyết thư thứ thực thường thưởng thước
vai vải vào văn vàng vân vật vẫn vẽ vẻ về viên việc việt vì vị vòng vốn với vở vụ vui vùng vườn vượt vững xa xã xanh xe xem xét xếp xin xoay xoáy xóm xong xoong xoè xòe xuân xuất xuống xuýt xưa xưởng xứ`

// foreign has sentences in languages whose letters are those of windows-1252 or
// near it.
var foreign = map[string]string{
	"French": `
Le marché du village a été déplacé près de la rivière.
Les élèves ont préparé une fête à l'école dès la rentrée.
Où sont passées les clés de la bibliothèque municipale ?
Nous espérons que l'été sera très ensoleillé cette année.
À côté du théâtre, la mairie a créé un café associatif.
Il a répété qu'il n'avait pas reçu le courrier recommandé.
Ça y est, le pont réparé a rouvert à la circulation.
La forêt brûlée mettra des années à se régénérer.
Noël approche, et les boutiques sont décorées de lumières.
Les pêcheurs ont ramené des crabes énormes ce matin-là.
Elle préfère dîner tôt plutôt que d'être pressée.
L'hôpital cherche des bénévoles dévoués pour l'accueil.
Le maïs a souffert de la sécheresse prolongée.
Voilà déjà des mois que la piscine est fermée.
Un château à l'abandon a été cédé à la commune.`,
	"German": `
Die Bäckerei öffnet früh, damit die Schüler frühstücken können.
Über den Fluss führt künftig eine größere Brücke.
Für Gäste gibt es schöne Räume mit Blick auf die Dächer.
Die Straße wird wegen Bauarbeiten für drei Wochen gesperrt.
Mädchen und Jungen übten fleißig für das Frühlingsfest.
Häufige Regenfälle ließen die Bäche über die Ufer treten.
Natürlich möchten wir möglichst viele Bürger hören.
Der Müll wird künftig wöchentlich abgeholt.
Zwölf Hühner fraßen die übrigen Körner.
Die Prüfung fällt auf den nächsten Dienstag.
Öffentliche Plätze dürfen begrünt werden.
Ältere Menschen können kostenlos mitfahren.
Das Gemüse wächst trotz der kühlen Nächte.
Er weiß, daß süße Äpfel später reifen.
Die Gemeinde verkündete das Ergebnis der Wählerbefragung.`,
	"Portuguese": `
A câmara aprovou a construção de uma praça no bairro.
As crianças não têm aulas até à próxima segunda-feira.
O comércio local está à espera de mais informações.
Vocês já conheciam esta tradição da região?
O pão está pronto, mas o café ainda não.
A situação das estradas é difícil após as chuvas de março.
São João é celebrado com música, balões e fogueiras.
Os irmãos venderam maçãs e limões na feira.
A população pediu atenção às árvores do jardim público.
Será necessário avançar com a reparação do açude.
Ninguém sabia onde estavam as chaves do portão.
É também possível fazer a inscrição através da página.
O avô contou histórias de pescadores e marés.
Haverá sessões de cinema às sextas à noite.
Três cães perderam-se perto do ribeirão.`,
	"Spanish": `
El año pasado llovió más de lo que se esperaba en la región.
Los niños jugarán en el jardín después de la lección.
¿Dónde está la señora que enseñaba música?
Mañana habrá una reunión sobre el camión de la basura.
La última sesión terminó con una canción antigua.
También pidió información sobre el régimen de pensión.
Según el árbitro, el balón no cruzó la línea.
El médico atenderá sólo los miércoles y sábados.
Aquí se vendían plátanos, melón y piña.
¡Qué difícil será cruzar el río sin puente!
La estación quedó vacía tras la inundación.
Él compró jabón, azúcar y algodón.
Su opinión cambió cuando leyó el periódico.
El pequeño buñuelo se acompaña con café.
Está prohibido pescar aquí sin autorización.`,
	"Czech": `
Příští týden začne oprava mostu přes řeku.
Děti se těší na letní prázdniny u babičky.
Obec vyhlásila soutěž o nejkrásnější zahrádku.
Včera večer přišla silná bouřka s krupobitím.
Knihovna půjčuje knížky také přes internet.
Řidiči musí počítat se zpožděním až dvacet minut.
Kůň utekl ze stáje a běžel přes náměstí.
Úřad bude mít příští pátek zavřeno.
Žáci vysázeli čtyřicet stromů podél cesty.
Starší občané dostanou příspěvek na topení.
Můžeme přijít později, když bude třeba.
Šest týdnů nepršelo a tráva úplně uschla.
Nový chodník povede kolem hřbitova.
Čerstvé pečivo vozí pekař každé ráno.
Všichni účastníci obdrží drobný dárek.`,
	"Turkish": `
Köy meydanında gelecek hafta büyük bir şenlik düzenlenecek.
Öğrenciler bahçeye yüz elli fidan dikti.
Yağmur yüzünden yollar üç gün kapalı kaldı.
Belediye çöpleri artık sabah erken toplayacak.
Güneş doğmadan önce balıkçılar göle açıldı.
Çocuklar için ücretsiz yüzme kursu açılıyor.
Dün gece şiddetli rüzgâr ağaçları devirdi.
Köprünün onarımı önümüzdeki ay bitecek.
Kütüphane pazar günleri de açık olacak.
Üzüm bağlarında hasat başladı.
İlçede su kesintisi öğleden sonra sürecek.
Annem çarşıdan taze süt ve yoğurt aldı.
Müze görevlileri eski fotoğrafları sergiledi.
Yaşlılar için düşük ücretli ulaşım sağlanıyor.
Şoför kırmızı ışıkta durmadı.`,
	"Polish": `
Gmina ogłosiła przetarg na budowę świetlicy wiejskiej.
Dzieci pójdą jutro na wycieczkę do lasu.
Wczoraj wieczorem spadł śnieg i zasypał drogę.
Mieszkańcy proszą o dodatkowe oświetlenie przejść.
Piekarz wstaje o czwartej, żeby upiec chleb.
Łódź rybaka zatonęła blisko brzegu jeziora.
Źródło wody pitnej zostało oczyszczone.
Książki można oddać również w sobotę.
Żółte liście pokryły całą ścieżkę.
Straż pożarna szuka nowych ochotników.
Może być późno, gdy wrócimy z targu.
Ćwiczenia odbędą się na boisku szkoły.
Rada przyjęła budżet większością głosów.
Święto plonów zakończył występ zespołu.
Rower znaleziono w krzakach przy moście.`,
	"Swedish": `
Kommunen bygger en ny bro över ån nästa år.
Många människor köpte färska ägg på torget.
I går öppnade biblioteket efter en lång renovering.
Båten gick på grund nära fyren vid halvön.
Små barn får åka gratis på bussen hela sommaren.
På våren blommar äppelträden längs vägen.
Räven sprang över åkern när hunden skällde.
Skörden blev dålig på grund av torkan.
Så många svampar har vi inte sett på åratal.
Året därpå flyttade familjen från ön.
Läkaren råder äldre att dricka mer vatten.
Även kyrkan får nytt tak före vintern.
Fönstren är öppna för att släppa in luft.
Någon glömde sina handskar på tåget.
Körens övning börjar klockan sju på kvällen.`,
	"Hungarian": `
A falu közepén új játszóteret építenek a gyerekeknek.
Tegnap este erős szél döntötte ki a fákat.
Az önkormányzat jövő héten ülést tart.
Kérjük, hogy a szemetet időben tegyék ki.
A könyvtár szombaton délelőtt is nyitva tart.
Több száz érdeklődő jött el a szüreti ünnepségre.
A híd felújítása ősszel kezdődik.
Öt új tanár érkezett az általános iskolába.
A pék hajnalban süti a friss kenyeret.
Sűrű köd nehezítette a közlekedést.
Nyáron ingyenes úszótanfolyam indul.
A kút vizét újból megvizsgálták.
Árvíz idején tilos a töltésre menni.
Az idős néni egyedül él a tanyán.
Több fűtőanyagra lesz szükség télen.`,
	"Icelandic": `
Börnin fóru í skólann þótt veðrið væri slæmt.
Á morgun verður nýja sundlaugin opnuð í bænum.
Sjómenn komu að landi með mikinn þorsk í gær.
Það hefur ekki snjóað svona mikið í mörg ár.
Bókasafnið er lokað á sunnudögum.
Bændur slógu túnin áður en rigningin kom.
Íbúar óska eftir fleiri ljósum við götuna.
Hún bakaði brauð og sauð egg í morgunmat.
Við ætlum að gróðursetja tré við ána.
Læknirinn kemur í þorpið á fimmtudögum.
Kórinn æfir í kirkjunni öll miðvikudagskvöld.
Brúin yfir fljótið skemmdist í flóðinu.
Þau keyptu gamalt hús nálægt höfninni.
Æskan þarf rými til að leika sér úti.
Síðasti bíllinn fór framhjá um miðnætti.`,
	"Romanian": `
Primăria anunță că lucrările la pod vor începe săptămâna viitoare.
Copiii au plantat peste două sute de puieți.
Ploaia a căzut fără încetare până dimineață.
Piața rămâne închisă în zilele de sărbătoare.
Bunica face pâine în cuptorul din curte.
Șoseaua a fost curățată de zăpadă.
Țăranii își duc roșiile la târg.
Biblioteca împrumută cărți și duminica.
Înainte de apus, pescarii s-au întors acasă.
Apa din fântână trebuie fiartă.
Câinele a lătrat toată noaptea.
Școala primește calculatoare noi în toamnă.
Mulți bătrâni trăiesc singuri la țară.
Între timp, strada a fost asfaltată.
Fără îndoială, vom avea o iarnă grea.`,
	"Danish": `
Kommunen åbner en ny børnehave næste forår.
Fiskerne så en hval tæt på kysten i går.
Børnene plukkede æbler på gården hele dagen.
Vejen er lukket på grund af årets store løb.
Der bliver både kage og øl til festen.
Havnen får en længere mole før vinteren.
Ældre kan låne bøger derhjemme.
Præsten så på uret og smilede.
Søndag går turen gennem skoven til åen.
Mange køber grøntsager på torvet.
Gæsterne kørte hjem før midnat.
Færgen sejler ikke på grund af tåge.
Vi håber på bedre vejr til høsten.
Råd om køkkenhaver gives på biblioteket.
Høje bølger ødelagde en gammel båd.`,
}
