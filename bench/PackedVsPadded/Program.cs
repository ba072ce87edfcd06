using System.Diagnostics;
using System.Globalization;
using System.Text;
using FineWebTorch.Model;
using FineWebTorch.Model.Files;
using FineWebTorch.Model.Networks.Reference;
using FineWebTorch.PackedVsPadded;
using FineWebTorch.Support;
using FineWebTorch.Texts;
using TorchSharp;
using Vocabulary = FineWebTorch.Texts.Vocabulary;

// Packed batches beside padded ones: the same layers, the same documents, the ways by turns in one run.
//   dotnet run -c Release --project bench/PackedVsPadded [model folder | bert-base] [documents] [rounds] [batch] [threads]
var model = args.ElementAtOrDefault(0) ?? Path.Combine(TestData.RepositoryRoot, "weights", "edu-tiny");
var documentCount = Number(1, 400);
var rounds = Number(2, 5);
var batch = Number(3, 25);
const int TokenBudget = 4096;

int Number(int position, int standard) =>
    args.Length > position ? int.Parse(args[position], CultureInfo.InvariantCulture) : standard;

if (model == "bert-base")
    model = FormulaModel.BertBase();
var device = ComputeDevice.Resolve("cpu", Number(4, Environment.ProcessorCount), KernelChoice.Reference);
using var classifier = EduClassifier.Load(model, device, ModelDtype.Float32);
using var checkpoint = BertCheckpoint.Open(model, classifier.Config);
using var network = ReferenceNetwork.Load(checkpoint, torch.CPU, ModelDtype.Float32, device.Threads);
var padded = new PaddedScorer(network, classifier.Config);
var documents = Documents();
var sorted = documents.Index().OrderByDescending(pair => pair.Item.Length).Select(pair => pair.Index).ToArray();
var plan = BatchPlan.Create([.. documents.Select(document => document.Length)], TokenBudget);
var packedRows = Enumerable.Range(0, plan.Count).Select(i => plan.RowsOf(i).ToArray()).ToList();
var fileRows = Enumerable.Range(0, documents.Count).Chunk(batch).ToList();
var sortedRows = sorted.Chunk(batch).ToList();

Console.WriteLine($"{device.NumericClass}");
Console.WriteLine($"{model}: {documents.Count} documents, {documents.Sum(d => d.Length)} tokens, {rounds} rounds");
Way[] ways =
[
    new($"packed, at most {TokenBudget} tokens", packedRows, Packed, Positions: documents.Sum(d => d.Length)),
    new($"padded, {batch} in file order", fileRows, Padded, PaddedPositions(fileRows)),
    new($"padded, {batch} sorted by length", sortedRows, Padded, PaddedPositions(sortedRows)),
];
foreach (var way in ways)
    Run(way); // warms up, and shows that all ways mean the same
Compare();
for (var round = 0; round < rounds; round++)
    foreach (var way in ways)
        Time(way);
Report();

List<int[]> Documents()
{
    var vocabulary = new Vocabulary(TestData.Directory("models", "minilm-edu", "vocab.txt"));
    var texts = new FineWebText(vocabulary, seed: 1);
    var ids = new int[classifier.Tokenizer.MaxLength];
    return
    [
        .. Enumerable.Range(0, documentCount)
            .Select(_ => ids[..classifier.Tokenizer.Encode(Encoding.UTF8.GetBytes(texts.Next()), ids)])
    ];
}

long PaddedPositions(List<int[]> batches) =>
    batches.Sum(rows => (long)rows.Length * rows.Max(row => documents[row].Length));

float[] Packed(int[] rows)
{
    var scores = new float[rows.Length];
    int[] lengths = [0, .. rows.Select(row => documents[row].Length)];
    for (var i = 1; i < lengths.Length; i++)
        lengths[i] += lengths[i - 1];
    classifier.Score(new PackedBatch([.. rows.SelectMany(row => documents[row])], lengths), scores);
    return scores;
}

float[] Padded(int[] rows) => padded.Score([.. rows.Select(row => documents[row])]);

void Run(Way way)
{
    foreach (var rows in way.Batches)
    {
        var scores = way.Score(rows);
        for (var i = 0; i < rows.Length; i++)
            way.Scores[rows[i]] = scores[i];
    }
}

void Time(Way way)
{
    var (start, busy) = (Stopwatch.GetTimestamp(), Environment.CpuUsage.TotalTime);
    Run(way);
    way.Seconds.Add(Stopwatch.GetElapsedTime(start).TotalSeconds);
    way.CpuSeconds.Add((Environment.CpuUsage.TotalTime - busy).TotalSeconds);
}

void Compare()
{
    foreach (var way in ways.Skip(1))
        Console.WriteLine($"{way.Name}: largest difference from packed "
            + $"{ways[0].Scores.Max(pair => Math.Abs(pair.Value - way.Scores[pair.Key])):0.0e+00}");
}

void Report()
{
    // CPU time beside the clock's: on a busy machine only the former means anything, and only with one thread.
    var (clock, cpu) = (Median(ways[0].Seconds), Median(ways[0].CpuSeconds));
    foreach (var way in ways)
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{way.Name,-30} {documents.Count / Median(way.Seconds),8:0.0} docs/s ({way.Seconds.Min():0.00} to "
            + $"{way.Seconds.Max():0.00} s)   packed is {Median(way.Seconds) / clock:0.00}x, by CPU time "
            + $"{Median(way.CpuSeconds) / cpu:0.00}x   {1 - (double)ways[0].Positions / way.Positions:0%} padding"));
}

static double Median(List<double> values)
{
    var sorted = values.Order().ToList();
    return (sorted[(sorted.Count - 1) / 2] + sorted[sorted.Count / 2]) / 2;
}

internal sealed record Way(string Name, List<int[]> Batches, Func<int[], float[]> Score, long Positions)
{
    public List<double> Seconds { get; } = [];

    public List<double> CpuSeconds { get; } = [];

    public Dictionary<int, float> Scores { get; } = [];
}
