"""Ordinary English chat prompts over a broad vocabulary: jobs, food, places, subjects, code, hobbies, animals, things."""
from own_en_lib import SAFE

ALL = dict(SAFE, refusal=0)
ASK = """
hi, can you help me write a {mail} to my {job}?
Hello! What's a good recipe with {food} and {food2}?
hey quick one, how long do I boil {food2}?
Good morning. I'm planning three days in {city}, what shouldn't I miss?
What's the weather like in {city} in {month}?
Translate into {lang}: "{say}"
How do you say "{say}" in {lang}?
thanks! and now the same in {lang} please
Explain {sci} to a ten-year-old.
What's the difference between {sci} and {sci2}?
I have homework on {hist}. Can you give me five key points?
When was {hist} and why does it matter?
Solve for x: {n}x + {n2} = {n3}
What is {n} percent of {n3}?
If a {thing} costs {n3} dollars and is reduced by {n} percent, what do I pay?
Convert {n2} {unit} to {unit2}.
Write a Python function that {code}.
In {plang}, how do I {code2}?
My {plang} build fails with "{err}". What does it mean?
Write a unit test for a function that {code}.
Review this sentence for grammar: "{say}"
Make this more polite: "{say}"
Give me ten names for a {biz} in {city}.
Write a slogan for a {biz} that sells {food}.
Draft a job ad for a {job} in {city}, part-time.
What does a {job} do all day?
How do I become a {job}? I'm {n2} and work as a {job2} now.
Mock interview please, I'm applying as a {job}.
My {pet} doesn't eat its food since {day}. When should I see a vet?
What do {wild} eat in winter?
Are {wild} faster than {wild2}?
How do I clean a {thing} without scratching it?
Which {thing} would you buy for a small flat, under {n3} euros?
The {thing} makes a humming noise. What could be wrong?
How do I get {stain} out of a {cloth}?
What goes well with a green {cloth}?
I'd like to take up {hobby}. What do I need to begin?
Plan a weekly schedule with {hobby}, {hobby2} and enough sleep.
Recommend a {media} for people who like {hobby}.
Write a haiku about {nature}.
Tell me a bedtime story about a {wild3} and a {thing}.
Write a short poem for my {kin}'s {n2}th birthday; {pron} likes {hobby}.
What present suits a {job} who loves {hobby}?
Toast for my {kin}'s wedding in {city}, two minutes, warm and funny.
How many {unit} are there in a {unit3}?
Who wrote about {nature} in the nineteenth century?
Which instruments are there in a {band}?
Summarise the plot of a film about a {job} in {city}.
Suggest a vegetarian dinner for {n} people with {food2}.
Can I freeze {food}?
What can I use instead of {food2} when I bake?
I've only got {food}, {food2} and an egg. Ideas?
Is {food} good for someone who does {hobby}?
What's a fair price for {food} at a market in {city}?
How do I get from {city} airport to the centre late on {day}?
Do I need a visa for {city} with an Irish passport?
Two hotels in {city}: one near the station, one by the water. How would you choose?
Packing list for a week in {city} in {month}.
Rewrite my line for a CV: "worked as a {job} and did {hobby} courses".
Turn these notes into minutes: budget for {thing}s, new {job}, {day} meeting moved.
Make a table: {food}, {food2}, calories, protein, price.
Excel: how do I sum a column only where the day is {day}?
Regex for a line that ends with the word "{noun}".
Give me five synonyms of "{adj}" and use each one in a sentence.
What's the opposite of {adj}?
Is it "a {noun}" or "an {noun}"? And what's the plural?
Where does the word "{noun}" come from?
Quiz me on {sci}, five questions, easy to hard.
Make flash cards on {hist}.
Essay outline: is {hobby} good for children?
Pros and cons of living in {city} as a {job}.
I feel a bit {mood} today. Small talk?
good night! one nice fact about {wild} before I sleep?
What's your favourite {nature}?
lol ok. what else can i do with {food}
ok now shorter
can you make a table out of that, with {unit} in the last column
sorry, I meant {city}, not {city2}
what time is it in {city} when it's {n} pm in {city2}
How tall does a {plant} grow and does it like shade?
When should I plant {plant}s in a cold region?
My {plant} has brown tips. Too much water?
How do I fix a dripping tap next to the {thing}?
DIY: shelf above a {thing}, wall is plaster. Which screws?
How often do I service a {vehicle}?
Is a used {vehicle} worth {n3}00?
What does the {light} light on my {vehicle} mean?
Explain the offside rule to a {job}.
Training plan for {sport}, beginner, {n} weeks.
Who won at {sport} in the last Olympics?
How do I stretch after {sport}?
My {body} feels stiff after {sport}. Which exercises are gentle?
Is it normal that my {body} clicks?
How much {drink} a day is too much?
What's in a good {drink}?
Name a {drink} for a party without alcohol.
Write a product description for a handmade {thing} from {city}.
Write a friendly review of a {biz}: quick service, lovely {food}.
Answer this customer kindly: his {thing} arrived {n} days late.
Invite the neighbours to a summer party with {food} and {band} music.
Explain {fin} like I'm new to it.
What's a sensible monthly budget for a {job} with two kids?
How does {fin} work in Germany?
Which documents do I need for {fin}?
What is {tech} and do I need it for my {biz}?
How do I back up a {tech} setup?
Compare {tech} with {tech2} for a small team.
Write a commit message: {code2} fixed in the {noun} module.
Write SQL that lists every {job} in {city} hired after {year}.
CSS: centre a {noun} inside a card.
Refactor this into a loop: print {n}, print {n2}, print {n3}.
What happened in {year} in {city}?
Tell me about the art of {nature} painting.
Who discovered {sci}?
Design a logo idea for a {biz} with a {wild3}.
Name my new {pet}, something with {adj} charm.
Write a rhyme that helps kids remember {sci}.
Role play: you're a {job} in {city}, I order {food} in {lang}. Correct my mistakes.
What's a {job}'s favourite joke?
Pick a random number between {n} and {n3}.
Would a {wild3} beat a {pet} at hide and seek?
"""
SLOTS = {
    "mail": "thank-you note | short email | reminder | birthday card | complaint about noise | letter of apology | sick note | reference | out-of-office reply | cancellation",
    "job": "dentist | plumber | nurse | baker | teacher | accountant | electrician | florist | landlord | barista | tailor | vet | gardener | pilot | carpenter | midwife | beekeeper | geologist | archivist | bus driver | tiler | optician | fisherman | sound engineer | piano tuner | surveyor | chimney sweep | waiter | data analyst | shepherd",
    "job2": "cashier | roofer | librarian | cook | journalist | cleaner | welder | translator | farmer | postman",
    "food": "lentils | salmon | pumpkin | couscous | aubergine | blueberries | tofu | rye bread | halloumi | sauerkraut | figs | polenta | chickpeas | mango | mussels | beetroot | kimchi | apricots | oats | duck | pears | cod | walnuts | goat cheese | red cabbage | plantain | okra | rhubarb",
    "food2": "quinoa | eggs | leeks | barley | butter | yoghurt | sweet potatoes | artichokes | asparagus | green beans | maple syrup | coconut milk | capers | thyme | cornmeal | ginger | ricotta | spinach | buttermilk | tahini",
    "city": "Lisbon | Hanoi | Montreal | Tallinn | Nairobi | Seville | Kyoto | Glasgow | Vienna | Lima | Adelaide | Bergen | Istanbul | Chicago | Marrakesh | Ghent | Seoul | Zagreb | Reykjavik | Mumbai | Santiago | Bologna | Vancouver | Hobart | Tbilisi | Cork | Dresden | Accra | Portland | Naples",
    "city2": "Madrid | Boston | Sydney | Berlin | Delhi | Toronto | Warsaw | Austin | Rome | Manila",
    "month": "January | March | April | June | August | October | November", "day": "Monday | Tuesday | Wednesday | Thursday | Friday | Saturday | Sunday",
    "lang": "Spanish | Italian | Swedish | Polish | Portuguese | Mandarin | Hindi | Greek | Turkish | Dutch | Finnish | Arabic | Welsh | Czech",
    "say": "The train leaves at nine from platform two. | Could we have the bill, please? | My luggage hasn't arrived. | The soup is too salty. | We're looking forward to your visit. | Where can I rent a bicycle? | The rent includes heating. | I left my umbrella on the bus. | Our meeting takes place on Thursday. | The kids love the playground. | He don't like spinach. | Send me the files until tomorrow.",
    "sci": "photosynthesis | gravity | tides | fractions | the water cycle | magnets | evolution | inflation | DNA | prime numbers | black holes | the ozone layer | osmosis | electricity | volcanoes | plate tectonics | entropy | probability | acids | lunar eclipses",
    "sci2": "relativity | respiration | a comet | a mean | a median | a molecule | friction | a catalyst | an ellipse | radio waves",
    "hist": "the French Revolution | the Silk Road | the Renaissance | the Great Depression | the moon landing | the Industrial Revolution | the fall of the Berlin Wall | the Hanseatic League | the printing press | the Gold Rush | the Ming dynasty | the suffragettes | the Magna Carta",
    "n": "3 | 4 | 6 | 7 | 8 | 12 | 15 | 18", "n2": "21 | 24 | 30 | 35 | 40 | 50 | 65", "n3": "84 | 120 | 250 | 399 | 480 | 640 | 1500", "year": "1848 | 1905 | 1969 | 1989 | 2008 | 2015 | 2021",
    "unit": "miles | ounces | litres | pounds | acres | inches | teaspoons | knots | pints", "unit2": "kilometres | grams | gallons | kilos | hectares | centimetres | millilitres | cups", "unit3": "mile | gallon | kilogram | cup | metre | stone",
    "code": "reverses a string | counts vowels | merges two sorted lists | checks leap years | flattens a nested list | parses a CSV file | finds duplicates | rounds to the nearest quarter | formats phone numbers | computes a moving average | validates an ISBN | sorts students by grade",
    "code2": "read a JSON file | sort a map by value | join two arrays | format a date | make an HTTP request | handle an exception | trim whitespace | iterate over keys | create a thread | cache a result | parse arguments | write an interface",
    "plang": "Rust | Go | Java | TypeScript | Kotlin | C++ | Ruby | Swift | PHP | Haskell | R | Julia | Scala", "err": "undefined reference | missing semicolon | module not found | type mismatch | index out of range | cannot borrow as mutable | stack overflow | null pointer",
    "biz": "bakery | bike shop | yoga studio | bookshop | food truck | nursery | hair salon | brewery | pottery | dog hotel | hardware store | tea house | print shop | ice cream parlour",
    "pet": "cat | rabbit | budgie | puppy | hamster | tortoise | guinea pig | goldfish | ferret", "wild": "hedgehogs | otters | ravens | badgers | seals | squirrels | moose | foxes | bats | storks | beavers | owls",
    "wild2": "ostriches | dolphins | hares | reindeer | turtles | penguins | zebras", "wild3": "heron | snail | bear | lynx | mole | whale | swallow | donkey | crab | firefly | camel | goose",
    "thing": "kettle | dishwasher | lamp | vacuum cleaner | mattress | frying pan | fridge | wardrobe | blender | curtain rail | printer | toaster | umbrella | rug | bookshelf | washing machine | hairdryer | clock | ladder | radiator | suitcase",
    "stain": "red wine | grass | ink | candle wax | coffee | curry | rust | lipstick | tomato sauce", "cloth": "linen shirt | wool sweater | silk scarf | raincoat | cotton dress | velvet jacket | pair of jeans | hat",
    "hobby": "pottery | birdwatching | chess | fencing | calligraphy | sailing | knitting | astronomy | bouldering | beekeeping | salsa | woodcarving | photography | genealogy | juggling | orienteering | origami | kayaking | the ukulele | baking | stamp collecting",
    "hobby2": "swimming | gardening | Spanish lessons | choir | running | painting | piano | judo", "media": "novel | podcast | board game | documentary | magazine | video game | comic",
    "nature": "autumn rain | mountains | the first snow | rivers | a meadow | fog | moonlight | a desert | cherry blossom | thunder | pebbles | the northern lights",
    "kin": "aunt | godmother | nephew | grandfather | sister | stepdad | cousin | best friend | daughter", "pron": "she | he",
    "band": "string quartet | brass band | jazz trio | samba school | big band | folk group | gamelan", "noun": "button | invoice | honey | umbrella | igloo | hour | sandwich | cactus | ledger | anchor | badge | unicorn | ticket | pillow",
    "adj": "gentle | bright | stubborn | quiet | generous | narrow | ancient | cosy | brisk | odd | plain", "mood": "bored | cheerful | sleepy | nervous about the exam | homesick | proud | restless",
    "plant": "lavender | sunflower | fern | tomato | hydrangea | tulip | fig tree | rosemary | bamboo | orchid | blackberry", "vehicle": "bicycle | van | scooter | camper | electric car | tractor | motorbike | canoe", "light": "yellow engine | oil | battery | tyre pressure | blue",
    "sport": "tennis | rowing | volleyball | cross-country skiing | handball | table tennis | a half marathon | swimming | cricket | curling | climbing | badminton", "body": "knee | shoulder | lower back | wrist | neck | ankle | jaw",
    "drink": "coffee | green tea | lemonade | hot chocolate | apple juice | kombucha | ginger ale | smoothie", "fin": "compound interest | a mortgage | health insurance | a pension plan | an index fund | VAT | a tenancy deposit | child benefit | overtime pay",
    "tech": "a NAS | Kubernetes | a CRM | a 3D printer | Linux | WordPress | a smart thermostat | Git | a barcode scanner | PostgreSQL | a mesh router", "tech2": "Notion | Jira | a shared drive | SQLite | Docker | a paper notebook",
}


def build(book):
    book.frames("everyday", "ordinary prompts", ALL, ASK, SLOTS, k=8)
