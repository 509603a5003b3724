"""How each kind of question about a country is asked, of real and of invented ones alike."""

ASK = {
    "capital": "What is the capital of {}?",
    "currency": "What is the currency of {}?",
    "language": "What is an official language of {}?",
    "continent": "On which continent is {}?",
    "border": "Name a country that borders {}.",
    "all borders": "Name all the countries that border {}.",
}
