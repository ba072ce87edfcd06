using System.CommandLine;
using FineWebTorch.Bench;
using FineWebTorch.Common;
using FineWebTorch.Model;

namespace FineWebTorch.EncoderSpeed;

/// <summary>The encoder beside ONNX Runtime, with equal token ids.</summary>
internal static class Program
{
    /// <summary>What is promised of scores in fp32.</summary>
    private const double Tolerance = 1e-4;

    public static Task<int> Main(string[] args) => CommandLineApp.RunAsync(Create(), args, CancellationToken.None);

    private static RootCommand Create()
    {
        var model = BenchOptions.Text(
            "--model", "artifacts/bench/models/bert-base", "Model folder with an onnx/ folder");
        var cases = BenchOptions.Text("--cases", "4x512,16x128,64x32", "Documents x tokens, with commas between");
        var (threads, rounds, output) = (BenchOptions.Threads(), BenchOptions.Rounds(5), BenchOptions.Out());
        var command = new RootCommand("Encoder speed beside ONNX Runtime") { model, cases, threads, rounds, output };
        command.SetAction(parsed => Run(
            parsed.GetValue(model)!, parsed.GetValue(cases)!.Split(','), parsed.GetValue(threads),
            parsed.GetValue(rounds), parsed.GetValue(output)!));
        return command;
    }

    private static void Run(string model, string[] cases, int threads, int rounds, string output)
    {
        using var contenders = new Contenders(model, threads);
        Console.WriteLine(contenders.NumericClass);
        var runs = cases.Select(text => new CaseRun(EncoderCase.Parse(text, contenders.Config), contenders)).ToList();
        foreach (var run in runs)
            run.Measure(rounds);
        List<BenchRow> rows = [.. contenders.Dtypes.SelectMany(dtype => runs.SelectMany(run => run.Rows(dtype)))];
        if (!contenders.Dtypes.Contains(ModelDtype.BFloat16))
            rows.Add(BenchRow.Skipped("encoder, bf16", "", WhyNoBFloat16()));
        BenchOptions.Finish(output, rows);
        if (runs.Max(run => run.Float32Difference) is var difference and > Tolerance)
            throw new InvalidDataException($"a score in fp32 is {difference} from the peer's; {Tolerance} is allowed");
    }

    private static string WhyNoBFloat16() => Machine.Has("avx512_bf16") || Machine.Has("amx_bf16")
        ? "this processor computes in bf16, but this build of ours does not"
        : "this processor has neither AVX512-BF16 nor AMX";
}
