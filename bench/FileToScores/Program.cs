using System.CommandLine;
using FineWebTorch.Bench.Pipeline;
using FineWebTorch.Bench;
using FineWebTorch.Common;
using FineWebTorch.Model;
using FineWebTorch.Texts;

namespace FineWebTorch.FileToScores;

/// <summary>A file of texts to scores: the worker's pipeline beside transformers.js and ONNX Runtime.</summary>
internal static class Program
{
    private const string VocabularyFile = "tests/data/models/minilm-edu/vocab.txt";

    /// <summary>The window of a run.</summary>
    private const int WindowRows = 16_384;

    public static Task<int> Main(string[] args) => CommandLineApp.RunAsync(Create(), args, CancellationToken.None);

    private static RootCommand Create()
    {
        var model = BenchOptions.Text(
            "--model", "artifacts/bench/models/bert-base", "Model folder with an onnx/ folder");
        var documents = BenchOptions.Number("--documents", 48, "Documents in the file");
        var (threads, rounds, output) = (BenchOptions.Threads(), BenchOptions.Rounds(3), BenchOptions.Out());
        var command = new RootCommand("From a file of texts to scores") { model, documents, threads, rounds, output };
        command.SetAction(parsed => Run(
            parsed.GetValue(model)!, parsed.GetValue(documents), parsed.GetValue(threads), parsed.GetValue(rounds),
            parsed.GetValue(output)!));
        return command;
    }

    private static void Run(string model, int documents, int threads, int rounds, string output)
    {
        var texts = TextFile.FineWebLike(documents, 1, VocabularyFile);
        var file = Path.ChangeExtension(output, ".texts.jsonl");
        TextFile.Write(file, texts);
        var device = ComputeDevice.Resolve("cpu", threads);
        using var classifier = EduClassifier.Load(model, device, ModelDtype.Float32);
        using var transformers = new TransformersPeer(model, threads);
        using var onnx = new OnnxPeer(Path.Combine(model, "onnx", "model.onnx"), threads);
        var pipeline = new FilePipeline(classifier, device, threads, WindowRows);
        var batches = SortedBatches.Of(texts, classifier.Tokenizer, pipeline.TokenBudget);
        onnx.Load("all");
        onnx.Prepare("sorted", batches.Ids);

        var name = Path.GetFileName(Path.TrimEndingDirectorySeparator(model));
        var comparison = new Comparison(
            $"file to scores, {name}, fp32, {documents} documents of {batches.MeanTokens:0} tokens, {threads} threads");
        comparison.Add("ours", () => Ours(pipeline.Run(file)));
        foreach (var size in (ReadOnlySpan<int>)[25, 200])
            comparison.Add(
                $"transformers.js, batches of {size} in file order", () => transformers.Score(file, size),
                batches.IsWhole);
        comparison.Add(
            "ONNX Runtime, our ids in our sorted batches", () => batches.InFileOrder(onnx.Score("all", "sorted")));
        BenchOptions.Finish(output, comparison.Measure(documents, rounds));
        comparison.Check();
    }

    private static PeerScores Ours(PipelineRun run) => new(run.Seconds, run.Scores);
}
