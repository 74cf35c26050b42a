/** Sample sentences to practise, with a hint in Korean. */
export const SENTENCES = [
  { english: "Hello, how are you today?", korean: "안녕하세요, 오늘 어떠세요?" },
  { english: "I usually get up at seven in the morning.", korean: "저는 보통 아침 일곱 시에 일어나요." },
  { english: "Could you say that again, please?", korean: "다시 한번 말씀해 주시겠어요?" },
  { english: "I am looking for the nearest subway station.", korean: "가장 가까운 지하철역을 찾고 있어요." },
  { english: "What do you like to do in your free time?", korean: "여가 시간에 무엇을 하는 걸 좋아하세요?" },
  { english: "Three thousand trees grew through the thick fog.", korean: "나무 삼천 그루가 짙은 안개 속에서 자랐어요." },
  { english: "I would like a table for two, please.", korean: "두 사람 자리 부탁드려요." },
  { english: "She has lived in Seoul for almost ten years.", korean: "그녀는 거의 십 년 동안 서울에 살고 있어요." },
  { english: "If it rains tomorrow, we will stay at home.", korean: "내일 비가 오면 우리는 집에 있을 거예요." },
  { english: "Thank you very much for your help.", korean: "도와주셔서 정말 감사합니다." },
];
