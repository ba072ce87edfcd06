using System.Globalization;
using FineWebTorch.Bench;
using FineWebTorch.Model;
using FineWebTorch.Texts;

namespace FineWebTorch.EncoderSpeed;

/// <summary>Measures one case with all contenders by turns.</summary>
internal sealed class CaseRun
{
    private const string ReferenceName = "reference network, fp32";

    private readonly EncoderCase _case;
    private readonly Contenders _contenders;
    private readonly BertFlops _flops;
    private readonly Dictionary<string, float[]> _scores = [];
    private readonly List<IReadOnlyDictionary<string, double>> _peaks = [];
    private readonly List<(ModelDtype Dtype, Series Series)> _ours;
    private readonly List<Series> _peers;
    private readonly Series _reference;

    public CaseRun(EncoderCase one, Contenders contenders)
    {
        (_case, _contenders) = (one, contenders);
        _flops = new BertFlops(contenders.Config.Layers, contenders.Config.HiddenSize);
        _ours = [.. contenders.Dtypes.Select(dtype => (dtype, Ours(dtype)))];
        _peers = [.. OnnxPeer.Optimizations.Select(Peer)];
        var scores = _scores[ReferenceName] = new float[one.Lengths.Length];
        _reference = new Series(ReferenceName, () => contenders.ScoreByReference(one, scores));
        contenders.Peer.Prepare(one.Name, [one.Documents]);
    }

    /// <summary>The largest difference of a score in fp32, by either network, from any of the peer's.</summary>
    public double Float32Difference => _peers.Max(peer => Math.Max(
        Difference(Name(ModelDtype.Float32), peer.Name), Difference(ReferenceName, peer.Name)));

    public void Measure(int rounds) => Series.Interleave(
        rounds,
        [.. _ours.Select(one => one.Series), _reference, .. _peers, new Series("FMA peak", MeasurePeak)]);

    /// <summary>Rows of one type: ours, the peer's, and the yardstick.</summary>
    public IEnumerable<BenchRow> Rows(ModelDtype dtype)
    {
        var subject = $"encoder, {ModelDtypes.Name(dtype)} beside ONNX Runtime's fp32, ids given, no padding, "
            + $"{_contenders.Threads} threads, nominal GFLOP/s";
        var ours = _ours.Single(one => one.Dtype == dtype).Series;
        yield return Row(subject, ours) with { Note = OursNote(ours, dtype) };
        if (dtype == ModelDtype.Float32)
            yield return Row(subject, _reference) with
            {
                Ours = _reference.RatioTo(ours),
                Note = "what computes without the kernels",
            };
        foreach (var peer in _peers)
            yield return Row(subject, peer) with { Ours = peer.RatioTo(ours) };
        var peak = BenchRow.Of(subject, _case.Name, "FMA peak", "GFLOP/s", Statistics.Of(Peaks(dtype)));
        yield return peak with { Note = PeakNote() };
    }

    private static string Name(ModelDtype dtype) => $"ours, {ModelDtypes.Name(dtype)}";

    private Series Ours(ModelDtype dtype)
    {
        var scores = _scores[Name(dtype)] = new float[_case.Lengths.Length];
        return new Series(Name(dtype), () => _contenders.Score(dtype, _case, scores));
    }

    private Series Peer(string optimization)
    {
        var name = $"ONNX Runtime, optimizations {optimization}";
        return new Series(name, () =>
        {
            var result = _contenders.Peer.Score(optimization, _case.Name);
            _scores[name] = result.Scores;
            return result.Seconds;
        });
    }

    private double MeasurePeak()
    {
        _peaks.Add(FmaPeak.Measure(_contenders.Threads));
        return FmaPeak.Best(_peaks[^1], bf16: false);
    }

    private IEnumerable<double> Peaks(ModelDtype dtype) =>
        _peaks.Skip(1).Select(peaks => FmaPeak.Best(peaks, dtype == ModelDtype.BFloat16));

    private BenchRow Row(string subject, Series series)
    {
        var flop = _flops.Nominal(_case.Lengths);
        var rate = series.Derived(seconds => flop / seconds / 1e9);
        return BenchRow.Of(subject, _case.Name, series.Name, "GFLOP/s", rate);
    }

    private string OursNote(Series ours, ModelDtype dtype)
    {
        var needed = _flops.Needed(_case.Lengths) / 1e9;
        var share = Statistics.Of(ours.Values.Zip(Peaks(dtype), (seconds, peak) => needed / seconds / peak)).Median;
        var difference = _peers.Max(peer => Difference(ours.Name, peer.Name));
        return string.Create(CultureInfo.InvariantCulture,
            $"{share:0%} of the FMA peak over needed FLOP; scores within {difference:0.0e+00} of the peer's");
    }

    private string PeakNote() => string.Join(", ", _peaks[0].Keys.Select(set =>
        $"{set} {BenchTable.Number(Statistics.Of(_peaks.Skip(1).Select(peaks => peaks[set])).Median)}"));

    private double Difference(string one, string other) =>
        _scores[one].Zip(_scores[other], (a, b) => Math.Abs((double)a - b)).Max();
}

/// <summary>A batch of documents of one length, so that nobody pads.</summary>
internal sealed class EncoderCase
{
    private const int Cls = 101, Sep = 102;

    public EncoderCase(int documents, int tokens, int vocabulary)
    {
        Name = $"{documents}x{tokens}";
        Lengths = [.. Enumerable.Repeat(tokens, documents)];
        var random = new SplitMix64((ulong)(documents * tokens));
        Documents = [.. Lengths.Select(length => Draw(random, length, vocabulary))];
        Batch = new PackedBatch(
            [.. Documents.SelectMany(ids => ids)], [.. Enumerable.Range(0, documents + 1).Select(i => i * tokens)]);
    }

    public string Name { get; }

    public int[] Lengths { get; }

    /// <summary>[documents][tokens]</summary>
    public int[][] Documents { get; }

    public PackedBatch Batch { get; }

    /// <exception cref="FormatException">It is not written like 4x512.</exception>
    public static EncoderCase Parse(string text, BertConfig config)
    {
        return text.Split('x') is [var documents, var tokens] && int.TryParse(documents, out var n)
            && int.TryParse(tokens, out var length) && n > 0 && length is > 2 && length <= config.MaxPositions
            ? new EncoderCase(n, length, config.VocabularySize)
            : throw new FormatException(
                $"--cases {text}: write documents x tokens, such as 4x512, with at most {config.MaxPositions} tokens");
    }

    private static int[] Draw(SplitMix64 random, int length, int vocabulary) =>
        [Cls, .. Enumerable.Range(0, length - 2).Select(_ => random.Between(1000, vocabulary - 1)), Sep];
}
