/** Documents as they are found on the web, of every worth. */
export const texts = [
  "Photosynthesis is the process by which green plants turn light, water and carbon dioxide into sugar " +
    "and oxygen.\nIt takes place in the chloroplasts, whose thylakoid membranes hold the pigments that " +
    "catch the light. In the first stage water is split; in the second, the Calvin cycle, carbon is " +
    "bound.",
  "The water cycle moves water between the oceans, the air and the land. Evaporation lifts it, " +
    "condensation makes clouds of it, and rain and snow bring it back.",
  "10 best deals of the week!!! Click here for free shipping on all orders over $50. Subscribe to our " +
    "newsletter. Terms and conditions apply.",
  "To solve a quadratic equation, bring all terms to one side, so that it reads ax² + bx + c = 0. The " +
    "discriminant b² − 4ac then tells how many real solutions there are.",
  "Home | About us | Contact | Log in\nCopyright 2023. All rights reserved.",
  "The treaty of 1648 ended a war of thirty years. Historians still argue how far it made states " +
    "sovereign, and whether contemporaries saw it so.",
];
