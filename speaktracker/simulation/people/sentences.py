"""What simulated students practise and simulated tutors say."""

SENTENCES = (
    "Hello, how are you today?",
    "Could you tell me the way to the station?",
    "I would like a cup of coffee, please.",
    "My sister has lived in Busan for ten years.",
    "What time does the library close on Sundays?",
    "She sells fresh bread at the corner of our street.",
    "If it rains tomorrow, we will stay at home.",
    "I have never seen such a beautiful sunset.",
    "Would you mind opening the window a little?",
    "He has been learning to play the piano since spring.",
    "The train to Daejeon leaves from platform four.",
    "Please speak a little more slowly.",
    "They decided to walk because the weather was lovely.",
    "I am looking forward to meeting your family.",
    "How long does it take to get to the airport?",
    "We should have booked a table for six people.",
    "There are thirty-three steps up to the old tower.",
    "I usually read the news while I have breakfast.",
    "Although he was tired, he finished all his homework.",
    "Which of these two jackets do you like better?",
    "The doctor told me to drink more water.",
    "Let us meet in front of the theatre at seven.",
    "I wish I had more time to practise.",
    "Thank you very much for your help today.",
)

REMARKS = (
    "Well said! Now once more, a little slower.",
    "Much better. Watch the end of the sentence.",
    "발음이 좋아졌어요. 한 번 더 해 볼까요?",
    "Lovely rhythm. Let your voice rise at the question.",
    "억양이 자연스러워요. 계속 그렇게 해 보세요.",
    "Good. The stress is on the first syllable.",
)
