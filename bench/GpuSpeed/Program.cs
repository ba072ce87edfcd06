using System.CommandLine;
using FineWebTorch.Bench;
using FineWebTorch.Common;
using FineWebTorch.Model;
using FineWebTorch.Support;
using FineWebTorch.Texts;

namespace FineWebTorch.GpuSpeed;

/// <summary>Parity, 16-bit errors and speed on one device, beside transformers in Python.</summary>
internal static class Program
{
    private const string Data = "tests/data/models";
    private const string Folder = "artifacts/bench-gpu";

    public static Task<int> Main(string[] args) => CommandLineApp.RunAsync(Create(), args, CancellationToken.None);

    private static RootCommand Create()
    {
        var device = BenchOptions.Text("--device", "cuda", "cuda, cuda:N or cpu");
        var model = BenchOptions.Text(
            "--model", "", "Model folder (default: BERT-base's shape with weights by a formula)");
        var documents = BenchOptions.Number("--documents", 20_000, "Documents from file to scores");
        var window = BenchOptions.Number("--window", 4096, "Rows that are sorted together");
        var errors = BenchOptions.Number("--error-documents", 10_000, "Documents for the errors of 16-bit types");
        var (threads, rounds) = (BenchOptions.Threads(), BenchOptions.Rounds(3));
        var output = BenchOptions.Text("--out", "artifacts/bench-gpu.json", "Write the rows to this JSON file");
        var command = new RootCommand("Speed on a GPU beside transformers")
        {
            device, model, documents, window, errors, threads, rounds, output,
        };
        command.SetAction(parsed => Run(
            new GpuOptions(
                parsed.GetValue(device)!, ModelFolder(parsed.GetValue(model)!), parsed.GetValue(documents),
                parsed.GetValue(window), parsed.GetValue(errors), parsed.GetValue(threads), parsed.GetValue(rounds)),
            parsed.GetValue(output)!));
        return command;
    }

    private static string ModelFolder(string given)
    {
        if (given.Length > 0)
            return given;
        var made = Path.Combine(Folder, "bert-base");
        FormulaModel.Make(
            made, Path.Combine(Data, "bert-base-formula", "config.json"), Path.Combine(Data, "minilm-edu"));
        return made;
    }

    private static void Run(GpuOptions options, string output)
    {
        var device = ComputeDevice.Resolve(options.Device, options.Threads);
        Console.WriteLine($"{device.Name}, {device.NumericClass}");
        var rows = new List<BenchRow>();
        void Add(IEnumerable<BenchRow> more)
        {
            var some = more.ToList();
            rows.AddRange(some);
            Console.Write(BenchTable.Format(some)); // what is known should a later step fail
        }

        var parity = new ParityCheck(device);
        var errors = new DtypeErrors(device, Texts(options.ErrorDocuments));
        (string Name, string Folder)[] models = [("edu-tiny", "weights/edu-tiny"), ("bert-base", ModelFolder(""))];
        foreach (var (name, folder) in models)
        {
            Add(parity.Rows(name, folder));
            Add(errors.Rows(name, folder));
        }

        var file = Path.Combine(Folder, "texts.jsonl");
        TextFile.Write(file, Texts(options.Documents));
        Add(new SpeedComparison(device, options, file).Rows());
        new BenchFile($"{device.Name}; {Machine.Describe()}", rows).Write(output);
        if (parity.Float32Difference > ParityCheck.Tolerance)
            throw new InvalidDataException($"a score in fp32 is {parity.Float32Difference} from transformers'");
    }

    private static IReadOnlyList<string> Texts(int documents) =>
        TextFile.FineWebLike(documents, 1, Path.Combine(Data, "minilm-edu", "vocab.txt"));
}

/// <param name="Model">The folder of the model whose speed is measured.</param>
/// <param name="Window">Rows that are sorted together.</param>
internal sealed record GpuOptions(
    string Device, string Model, int Documents, int Window, int ErrorDocuments, int Threads, int Rounds);
