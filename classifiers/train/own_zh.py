"""Chinese training rows of our own wording for the safety classifiers.

Usage: python own_zh.py OUTPUT_FOLDER [GROUP ...]

The texts live in the modules own_zh_*.py next to this file, each holding TEXT (blocks of lines) and optionally LEX (lexicons).
A block starts with a header

    ## group / frame name | role | labels | k

and every following line is one hand-written text or sentence frame:
  {slot}      is filled from the lexicon of that name (LEX of the module, then LEX below);
  [a|b|c]     is one of the alternatives (an alternative may be empty);
  \\n          is a line break.
The slots that LEX names under "once" have one value throughout a text.
A lexicon NAME_aside replaces NAME in the frames that are kept aside.
A frame yields up to k different texts. Labels: category names mean 1 (with harmful: 1 where the category is harmful content),
"name=0" means 0, "name=?" unknown, "ok" means harmful, jailbreak and prompt_injection are all 0.

The frames with the smallest hashes of each block (12 %) go to heldout_GROUP.jsonl, the others to GROUP.jsonl, so both never
share a frame. The output is the same in every run: all draws are seeded by the frame's text.

The texts are written for training filters: requests, adverts and comments such a filter has to recognise, with no working
instructions, each next to harmless neighbours with the same words.
"""
import glob
import hashlib
import importlib
import json
import os
import random
import re
import sys

SEED = "own_zh 1"
HELD_OUT_PERCENT = 12
CONTENT = {"violence", "weapons", "self_harm", "sexual", "sexual_minors", "hate", "harassment", "illegal", "cyber", "privacy",
           "misinformation"}
OTHER = {"jailbreak", "prompt_injection", "refusal", "harmful"}

# One-to-one traditional forms; enough for text that reads as traditional Chinese.
SIMPLIFIED = ("们这个来时说对国会发样过么现还没问题开关东车马鸟鱼见风飞长门间闻听书买卖钱银铁钟错电话语谢谁请让认识讲论"
              "访证诉词译试诗误该详读课调谈谁谎谓区医华协单卫压厅历县双变叶号员响哑团园围图圆场坏块坚报处备复头夺奋妇妈"
              "学宁实宠审宽寻导将尔尘尽层属岁岛币师带帮广庆应库庙废张弹强归当录彻径忆忧怀态总恋恶惊惯愤愿战户扑执扩扫扬"
              "扰护担拥择挂挥损换据掷揽摄摆撑敌数断无旧显晓暂术机杀杂权条极构标栏树检楼欢残毁气汉汤沟济浅测浓涨渐温湾湿满"
              "灭灯灵点炼烂烟烦烧热爱爷牵独狱猎猪环电画疗监盖盗盘着码砖础确礼祸离种积称稳穷窃竞笔签简类粮紧红约级纪纯纲纳"
              "纸线练组细织终绍经结给络绝统继绩续维综绿编缘缩网罗罚罢职联胆胜脑脚脸脱艺节药获营虑虽蛮补装观规视觉览触计订"
              "贝负财责败货质贩贪贫购贵贷费资赌赏赔赖赚赛赢赵趋跃轨转轮软轻较辆输边达迁运进远违连迟适选递逻遗邮邻郑酱释里"
              "针钥钢钩铃链销锁锅错镇镜闪闭闲阅队阳阴阵阶际陆陈险随隐难雾静页顶项顺须顾预领频颗颜额颠饭饮饰饱饿馆验骂骗骚骨"
              "鲜鸡鸭麦黄齐龙询账户码邮视频兴职业办动务产丽厂严丧丰临为举么义乐习乡亏亚仅仓价众优伙伟传伤伦伪侧俩债倾偿储儿兰")
TRADITIONAL = ("們這個來時說對國會發樣過麼現還沒問題開關東車馬鳥魚見風飛長門間聞聽書買賣錢銀鐵鐘錯電話語謝誰請讓認識講論"
               "訪證訴詞譯試詩誤該詳讀課調談誰謊謂區醫華協單衛壓廳歷縣雙變葉號員響啞團園圍圖圓場壞塊堅報處備復頭奪奮婦媽"
               "學寧實寵審寬尋導將爾塵盡層屬歲島幣師帶幫廣慶應庫廟廢張彈強歸當錄徹徑憶憂懷態總戀惡驚慣憤願戰戶撲執擴掃揚"
               "擾護擔擁擇掛揮損換據擲攬攝擺撐敵數斷無舊顯曉暫術機殺雜權條極構標欄樹檢樓歡殘毀氣漢湯溝濟淺測濃漲漸溫灣濕滿"
               "滅燈靈點煉爛煙煩燒熱愛爺牽獨獄獵豬環電畫療監蓋盜盤著碼磚礎確禮禍離種積稱穩窮竊競筆簽簡類糧緊紅約級紀純綱納"
               "紙線練組細織終紹經結給絡絕統繼績續維綜綠編緣縮網羅罰罷職聯膽勝腦腳臉脫藝節藥獲營慮雖蠻補裝觀規視覺覽觸計訂"
               "貝負財責敗貨質販貪貧購貴貸費資賭賞賠賴賺賽贏趙趨躍軌轉輪軟輕較輛輸邊達遷運進遠違連遲適選遞邏遺郵鄰鄭醬釋裡"
               "針鑰鋼鉤鈴鏈銷鎖鍋錯鎮鏡閃閉閒閱隊陽陰陣階際陸陳險隨隱難霧靜頁頂項順須顧預領頻顆顏額顛飯飲飾飽餓館驗罵騙騷骨"
               "鮮雞鴨麥黃齊龍詢賬戶碼郵視頻興職業辦動務產麗廠嚴喪豐臨為舉麼義樂習鄉虧亞僅倉價眾優夥偉傳傷倫偽側倆債傾償儲兒蘭")
TO_TRADITIONAL = str.maketrans(dict(zip(SIMPLIFIED, TRADITIONAL)))

LEX = {
    "person": ["我妈", "我爸", "我同事", "我室友", "我表弟", "我朋友", "我老公", "我女朋友", "我们领导", "邻居大爷"],
    "city": ["北京", "上海", "广州", "深圳", "成都", "杭州", "武汉", "西安", "重庆", "南京", "长沙", "郑州", "台北", "厦门"],
    "num": ["3", "5", "8", "10", "20", "50", "100", "200", "500"],
    "money": ["200", "500", "888", "1000", "3000", "5000", "一万", "两万", "五万", "十几万"],
    "contact": ["加V", "加薇", "加微", "私信我", "评论区扣1", "看主页", "加飞机", "➕扣扣", "戳头像", "滴滴我"],
    "ask": ["", "请问", "问一下,", "想问下", "求助:", "在线等,", "大佬们,", "那个,", "帮我看看,", "有人知道吗,"],
}

SLOT = re.compile(r"\{([a-z_0-9]+)\}|\[([^\[\]]*\|[^\[\]]*)\]")
PAIRED = re.compile(r"\{(injection|harmless|ask_\w+)\}")  # the same text around a harmful and a harmless part is kept aside together


def labels_of(spec):
    """The label dictionary of a header's label field."""
    labels = {}
    for word in spec.split():
        if word == "ok":
            labels.update(harmful=0, jailbreak=0, prompt_injection=0)
        elif word.endswith(("=0", "=?")):
            labels[word[:-2]] = 0 if word.endswith("0") else None
        else:
            labels[word] = 1
            if word in CONTENT:
                labels["harmful"] = 1
    unknown = set(labels) - CONTENT - OTHER
    if unknown:
        raise ValueError(f"unknown label {unknown} in {spec!r}")
    return labels


def fill(frame, lexicon, rng):
    """One text of the frame; slots inside chosen alternatives and lexicon entries are filled too."""
    chosen = {name: rng.choice(lexicon[name]) for name in lexicon.get("once", ())}

    def choose(match):
        name, alternatives = match.groups()
        if name in chosen:
            return chosen[name]
        if name is None:
            return rng.choice(alternatives.split("|"))
        if name not in lexicon:
            return match.group(0)
        return rng.choice(lexicon[name])
    for _ in range(4):
        filled = SLOT.sub(choose, frame)
        if filled == frame:
            break
        frame = filled
    return frame.replace("\\n", "\n").strip()


def bare(text):
    """The text without punctuation and spaces (a text of nothing else stays as it is), to find repetitions."""
    return re.sub(r"\W", "", text) or text


def restyle(text, rng):
    """Typing habits: full-width marks as a rule; no final stop, spaces for commas, half-width marks, traditional characters."""
    text = re.sub(r"(?<=[\u4e00-\u9fff\u300a-\u3011\u201d])[,?!:;]", lambda mark: chr(ord(mark.group()) + 0xfee0), text)
    if rng.random() < 0.7 and not re.search("[{=<]", text):
        text = re.sub('"([^"]*)"', "\u201c\\1\u201d", text)
    draw = rng.random()
    if draw < 0.15:
        text = text.rstrip("\u3002\uff01.!")
    elif draw < 0.20:
        text = text.replace("\uff0c", " ").replace("\u3002", " ").strip()
    elif draw < 0.35:
        text = re.sub("[\uff0c\uff1f\uff01]", lambda mark: chr(ord(mark.group()) - 0xfee0), text)
    if rng.random() < 0.06:
        text = text.translate(TO_TRADITIONAL)
    return text


def blocks(text):
    """Yields (group, frame name, role, labels, k, lines) of a module's TEXT."""
    for part in re.split(r"^## ", text, flags=re.M)[1:]:
        header, *lines = part.split("\n")
        where, role, spec, count = (field.strip() for field in header.split("|"))
        group, name = (field.strip() for field in where.split("/"))
        labels = labels_of(spec)
        if role == "prompt" and CONTENT & set(labels):  # a plain harmful text is neither a jailbreak nor an injection
            labels = {"jailbreak": 0, "prompt_injection": 0, **labels}
        labels = {label: value for label, value in labels.items() if value is not None}
        yield group, name, role, labels, int(count), [line.strip() for line in lines if line.strip()]


def rows(module):
    """Yields (group, held out, row) of one module."""
    lexicon = {**LEX, **getattr(module, "LEX", {})}
    aside_lexicon = {**lexicon, **{name[:-6]: entries for name, entries in lexicon.items() if name.endswith("_aside")}}
    for group, name, role, labels, count, lines in blocks(module.TEXT):
        digests = {line: hashlib.sha256(f"{SEED}|{group}|{PAIRED.sub('', line)}".encode()).hexdigest() for line in lines}
        kept_aside = sorted(digests.values())[:round(len(digests) * HELD_OUT_PERCENT / 100)]
        for line, digest in digests.items():
            rng = random.Random(digest)
            chosen = aside_lexicon if digest in kept_aside else lexicon
            texts, bare_texts = [], set()
            for _ in range(count * 4 if SLOT.search(line) else 1):
                text = fill(line, chosen, rng)
                if text and bare(text) not in bare_texts:
                    bare_texts.add(bare(text))
                    texts.append(restyle(text, rng))
                if len(texts) == count:
                    break
            for text in texts:
                yield group, digest in kept_aside, {
                    "text": text, "role": role, "lang": "zh", "labels": labels, "source": "own", "orig": name,
                    "quality": "built"}


def main():
    folder, wanted = sys.argv[1], set(sys.argv[2:])
    here = os.path.dirname(os.path.abspath(__file__))
    sys.path.insert(0, here)
    os.makedirs(folder, exist_ok=True)
    files, seen = {}, set()
    for path in sorted(glob.glob(os.path.join(here, "own_zh_*.py"))):
        module = importlib.import_module(os.path.basename(path)[:-3])
        for group, held_out, row in rows(module):
            if (wanted and group not in wanted) or (row["role"], bare(row["text"])) in seen:
                continue
            seen.add((row["role"], bare(row["text"])))
            files.setdefault(("heldout_" if held_out else "") + group, []).append(row)
    for name, found in sorted(files.items()):
        temporary = os.path.join(folder, f".{name}.tmp")
        with open(temporary, "w", encoding="utf-8") as out:
            for row in found:
                out.write(json.dumps(row, ensure_ascii=False) + "\n")
        os.replace(temporary, os.path.join(folder, name + ".jsonl"))
        ones, zeros = {}, {}
        for row in found:
            for label, value in row["labels"].items():
                tally = ones if value else zeros
                tally[label] = tally.get(label, 0) + 1
        labels = sorted(set(ones) | set(zeros))
        print(name, len(found), ", ".join(f"{label} {ones.get(label, 0)}/{zeros.get(label, 0)}" for label in labels))


if __name__ == "__main__":
    main()
