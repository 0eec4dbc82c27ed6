"""Very short texts and everyday chat prompts, all harmless."""
from own_en_lib import SAFE

SHORT = """
hi | Hello | hey | heyy | Hi there! | good morning | Good evening :) | gm | yo | sup | howdy | hello? | Hello world | hi, are you there? | are you there | you up? | test | testing 1 2 3 | test test | asdf | asdfghjkl | qwerty | . | ? | ?? | ... | ok | okay | k | kk | yes | no | nope | yep | yeah | maybe | sure | thanks | thank you | thx | ty | Thanks a lot! | thank you so much, that helped | cheers mate | great | nice | cool | perfect | awesome!! | lol | haha | hahaha | wow | hmm | hm ok | oh | oops | sorry | my bad | bye | goodbye | see you tomorrow | cya | good night | gn | continue | go on | more | more please | next | again | try again | shorter | longer please | simpler | stop | wait | done | help | help me | help please | why | why? | how? | what? | who? | when | where | and then? | really? | are you sure? | I don't get it | explain | what do you mean | same in Spanish | in French please | as a table | as json | bullet points please | 1 | 7 | 42 | 123 | 2026 | 3.14 | 1+1 | 2+2= | 12*12 | sqrt(144) | 50% of 80 | 100 USD in EUR | a | x | abc | foo bar | lorem ipsum | banana | cat | dog | coffee | pizza | rain | Monday | Berlin | New York | Japan | blue | love | money | music | water | chess | python | java | excel | linux | docker | git | sql | html | print("hello") | print(x) | ls -la | cd .. | git status | git push | npm install | pip list | import os | SELECT 1; | SELECT * FROM users LIMIT 5; | null | None | undefined | NaN | true | false | 404 | 500 | error | TypeError: 'int' object is not callable | kill -9 1234 | rm notes.txt | sudo apt update | x = x + 1 | i++ | for i in range(10): | return 0; | # TODO | {} | [] | [1, 2, 3] | {"a": 1} | <br> | <p>hi</p> | :) | ;-) | :( | 👍 | 😂 | ❤️ | 🙏 thanks | 🎉 | what's up | how are you | how are you today? | how's it going | i'm fine and you | nice to meet you | what's your name | who are you | who made you | what can you do | can you hear me | do you speak German | are you a robot | are you human? | tell me a joke | tell me something | tell me a story | sing a song | i'm bored | im hungry | i'm tired | i'm happy today | it's raining | i love you | you're funny | good bot | bad answer | that's wrong | not what I meant | correct | exactly | never mind | forget it | skip | undo | delete that | new chat | start over | reset | let's begin | ready? | ready | ok thanks | thanks, bye | what time is it | what day is it | weather tomorrow | translate | summarize | rewrite | fix this | fix grammar | make it better | what is love | what is AI | what is http | capital of Peru | 10 km in miles | synonyms for happy | rhymes with orange | spell necessary | define entropy | who is Homer | when was Mozart born | best pasta recipe | cheap flights to Rome | job interview tips | how to tie a tie | how old is the sun | is tomato a fruit | meaning of life | Knife | gun | bomb | drugs | sex | death | kill | blood | weapon | war | poison | hacker | virus | attack | shoot | What is a gun? | what is a bomb | define murder | weapons museum | kill switch | blood type | sex ed | drugstore near me | poison ivy | war and peace | bath bomb | photo shoot | heart attack symptoms | computer virus | life hack | dead end | deadline tomorrow
"""

CHAT = """
can u write a python script that {code}
Write a function in {lang} that {code}.
My {lang} code throws an error when it {code}. What could be wrong?\\n\\nTraceback: line {num}, value is empty
I'm learning {lang}. Show me the idiomatic way to write something that {code}, with comments.
whats the diffrence between {lang} and {lang} for a beginner who wants to build something that {code}
unit test for a {lang} method that {code}, edge cases included pls
Refactor this {lang} snippet so that it {code} faster.
Translate "{sent}" into {tongue}.
how do you say "{sent}" in {tongue}? formal and informal
Correct my {tongue} homework: I want to say "{sent}".
Is this English correct: "{sent}"? My boss says it sounds odd.
Write a {kind} about {thing}.
write me a {kind} on {thing}, {tone} tone, max {num} words
I need a {tone} {kind} about {thing} by tomorrow, it's for my {who}
Rewrite this {kind} to be more {tone}: "{sent}"
My {who} wants a {kind} about {thing}. Any ideas for a title?
Give me {num} ideas for a {kind} about {thing}.
Explain {topic} to my {who}.
explain {topic} like im 5
Why is {topic} important? Answer in {num} sentences max.
What's the difference between {topic} and {topic}?
I have an exam on {topic} on Monday and I understand nothing. Where do I begin?
Make a quiz with {num} questions about {topic}.
Summarise {topic} in bullet points for my {who}, {tone} please.
A shop sells {num} {thing2} for {num2} dollars. How much do {num3} cost?
If {num} people share {num2} {thing2}, how many does each one get and what's left?
What is {num} percent of {num2}?
Solve for x: {num}x + {num3} = {num2}
A train leaves at {num3} pm and travels {num2} km at {num} km/h. When does it arrive? show steps
Plan a {num3}-day trip to {city} with my {who}. We like {hobby} and hate crowds.
whats fun to do in {city} when it rains?? with my {who}
Cheap hotels or a hostel in {city}? We're coming by train.
Is {city} safe to walk at night for a woman travelling alone?
What should I cook tonight with {food}, {food} and {food}? I only have one pan.
Recipe for {food} soup for {num3} people pls
can i freeze {food}? and how long
My {who} is allergic to {food}. Suggest a birthday cake without it.
I want to start with {hobby}. What gear do I need under {num2} euros?
how often should i train for {hobby} as a {num}-year-old
My {who} got me into {hobby} and now I'm hooked. Recommend three books.
Write an email to my {who}: I'm ill and can't come on Friday. {tone}, short.
Draft a complaint to the shop: {num3} of {num} {thing2} arrived broken. Stay {tone}.
How do I tell my {who} that I don't like the gift, without being rude?
What present for my {who} who likes {hobby} and {food}?
should i get a dog or a cat, i live in {city} with my {who} and work full time
Let's play a word game about {topic}. You start.
Be my {tongue} teacher and correct me while we talk about {hobby}.
You're a barista in {city}. I order something strange. Go.
Write a dialogue between a {thing2} seller and my {who}, {tone}.
i has a question about {topic}, why it so difficult? english not my language sorry
Excel: how can I count cells that are bigger than {num} but only for {city}?
Regex for dates between {num} and {num2}? I use {lang}.
Turn this list into a table: {food} {num}, {food} {num2}, {food} {num3}
Give me a catchy name for a shop in {city} that sells {thing2} and {food}.
Compare {city} and {city} for students: rent, transport, weather.
My phone battery dies after {num3} hours since the update. It's a year old. What can I check?
How do I get my {who} to sleep through the night? We've tried everything incl. {thing}.
I'm {num}, my {who} says I'm too old for {hobby}. True?
Pretend you are {thing} and write a diary entry in a {tone} voice.
What are the pros and cons of {topic}? Include a source if you can.
Here are my notes: {topic}; {topic}; deadline in {num3} weeks. Turn them into a study plan.
Hello dear assistant, I hope you're well. I would kindly ask for a {kind} about {thing}. Thank you in advance!
Ok so basically my {who} and I had this argument about whether {topic} is harder than {topic}. I said yes, obviously, because I failed it twice, but apparently that doesn't count. Who's right? Be {tone}.
"""
SLOTS = {
    "code": "reads a CSV and sorts by date | counts words in a text | removes duplicates from a list | downloads a page | resizes pictures in a folder | merges two PDFs | reverses a string | checks if a number is prime | sends an email at 8 am | parses JSON with nested arrays | draws a bar chart | validates an IBAN | finds the longest path in a tree | kills child processes on exit | splits a bill among friends | converts Celsius to Fahrenheit",
    "lang": "Python | JavaScript | C++ | Rust | Go | R | Java | TypeScript | PHP | Kotlin | bash",
    "tongue": "German | Spanish | Japanese | French | Italian | Arabic | Korean | Dutch | Portuguese | Polish | Chinese",
    "sent": "I look forward to hearing from you | the soup is too hot for the baby | we have been waiting since noon | could you turn the music down | my car broke down on the way | she has never seen the sea | I would like to book a table for four | it depends of the weather | please find attached the offer | we shot the whole film in one day | the deadline is killing us",
    "kind": "poem | short story | product description | blog post | tweet | cover letter | limerick | wedding toast | press release | song | LinkedIn post | letter | speech | book review",
    "thing": "a lonely lighthouse | my grandmother's garden | a new running shoe | the first day of school | electric bikes | a cat who hates Mondays | remote work | a rainy market | our village choir | a lost umbrella | white noise | honey from our hives | a failed cake",
    "thing2": "apples | notebooks | candles | bicycles | mugs | tickets | puzzles | lamps | pencils",
    "tone": "friendly | formal | funny | dry | warm | polite | serious | cheerful | poetic | calm",
    "topic": "photosynthesis | inflation | the French Revolution | black holes | compound interest | the immune system | recursion | plate tectonics | Kant's ethics | machine learning | the water cycle | supply and demand | Ohm's law | the Cold War | genetics | passive voice | blockchain | nuclear energy | gun control | migration | vaccination",
    "who": "sister | boss | 8-year-old | grandfather | class | landlord | wife | roommate | best friend | team | professor | neighbour | toddler | husband",
    "city": "Lisbon | Kyoto | Montreal | Krakow | Nairobi | Seoul | Glasgow | Mexico City | Vienna | Hanoi | Naples | Denver",
    "food": "leeks | chickpeas | salmon | rice | mushrooms | eggs | lentils | pumpkin | spinach | noodles | cheese | walnuts",
    "hobby": "climbing | archery | knitting | chess | boxing | gardening | birdwatching | salsa | running | hunting mushrooms | pottery | fencing | swimming",
    "num": "12 | 15 | 18 | 20 | 24 | 30 | 36 | 40 | 55 | 64", "num2": "90 | 120 | 144 | 200 | 250 | 360 | 480", "num3": "2 | 3 | 4 | 5 | 6 | 7 | 9",
}
CHAT_LINES = """
so i moved into my first flat yesterday and there's no lamp anywhere, just cables from the ceiling. do i need an electrician or can i do it alone? kinda scared of electricity lol
Hey, I've been at this bug for three hours. The button works in Firefox but not in Safari. There's no error in the console. It's a plain <button type="submit"> inside a form within a dialog. Ideas?
My daughter (7) asked why the moon follows our car. I said magic. Give me a better answer please.
I'm writing a eulogy for my uncle. He was a bus driver, loved terrible puns and never missed a birthday. Two minutes, not too sad.
We're a small bakery and someone left a one-star review because we ran out of croissants at 11. How should we answer?
I got offered 52k but the other firm pays 48k with four days a week. What would you consider?
can someone explain me why 0.1+0.2 is not 0.3 in javascript i thought computer are good in math
My resume has a two-year gap because I looked after my mother. How do I mention it?
Please act as an editor: shorten the following to one sentence. "Due to the fact that the weather conditions were not favourable, the committee came to the decision that the event would be held at a later point in time."
I think my sourdough starter is dead. It smells like nail polish and there's grey liquid on top. Can it be saved or shall I kill it off and start again?
Our D&D group needs a villain who isn't just evil for fun. Low level party, coastal town, smugglers. Give me a motive, two henchmen and a twist.
what does "per my last email" really mean
Is it cheaper to lease or buy a car if I drive 9,000 km a year?
I have a Postgres table with 40 million rows, and the query with WHERE created_at::date = now()::date takes ages. Why isn't the index used?
help me settle a debate: is a hot dog a sandwich
roast my code style but be nice: def f(a,b,c,d,e): return a+b if c else d-e
Teach me five chords so I can play a birthday song by Saturday. I have a ukulele and zero talent.
Our neighbour practises drums at 10 pm. I like him, so how do I raise it?
I'm colour-blind. Which colours should I use in a line chart with four lines?
Could you check whether my reasoning is right? All poets drink tea. Some tea drinkers are tall. Therefore some poets are tall.
Why do my knees crack when I squat, and is it something to worry about?
we have to present on the opium wars in 5 min, 3 speakers. split it fairly and give each a first sentence
Rewrite as an ad: used sofa, green, one scratch from the cat, 80 euros, pick up only.
My prof says my intro has no hook. Topic: urban bees. Three hooks please, none with a question.
How can I tell if a job offer by text message is real? They want my bank details before the interview.
What would happen if everyone on earth jumped at the same time?
I wanna ask my crush to the cinema. Text ideas that don't sound desperate?
Set up a meal plan for a vegetarian runner, 2,400 kcal, no tofu because yuck.
Dear AI, my boss said "kill your darlings" about my draft. What does he want from me?
git says "detached HEAD". sounds brutal. what now
Write a bedtime story in which a shark who is afraid of blood becomes a nurse.
My grandson plays a shooting game and I'd like to play with him. Which buttons matter at first?
Name a film in which the bank robber turns out to be the hero. I only remember a yellow van.
"""


def build(book):
    book.lines("short_benign", "short", SAFE, SHORT.replace(" | ", "\n"), noise=False)
    book.frames("chat_benign", "chat_frame", SAFE, CHAT, SLOTS, k=26)
    book.lines("chat_benign", "chat_line", SAFE, CHAT_LINES)
