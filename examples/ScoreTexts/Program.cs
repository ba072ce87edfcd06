using FineWebTorch.Model;

// Scores texts with the classifier in a folder: ScoreTexts MODEL-FOLDER TEXT...
using var classifier = EduClassifier.Load(args[0]);
foreach (var warning in classifier.Warnings)
    Console.Error.WriteLine(warning);
foreach (var text in args[1..])
{
    var score = classifier.Score(text);
    Console.WriteLine($"{score:0.000000} {EduScore.ToIntScore(score)} {classifier.Tokenizer.CountTokens(text)} tokens");
}
