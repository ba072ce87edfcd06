using FineWebTorch.Model;
using Dtype = FineWebTorch.Protos.V1.Dtype;

namespace FineWebTorch.Coordinator.Verification;

/// <summary>Scores texts in this process with the model of a run.</summary>
internal sealed class Rescorer : IDisposable
{
    private const int TokenBudget = 4096;
    private readonly EduClassifier _classifier;

    private Rescorer(EduClassifier classifier) => _classifier = classifier;

    /// <summary>In the run's dtype where the device computes it well, else in fp32.</summary>
    /// <param name="model">Its folder.</param>
    public static Rescorer Load(string model, Dtype runDtype, string deviceName)
    {
        var device = ComputeDevice.Resolve(deviceName);
        var dtype = runDtype switch
        {
            Dtype.Fp16 => ModelDtype.Float16,
            Dtype.Bf16 => ModelDtype.BFloat16,
            _ => ModelDtype.Float32,
        };
        return new Rescorer(EduClassifier.Load(
            model, device, device.SupportedDtypes.Contains(dtype) ? dtype : ModelDtype.Float32));
    }

    /// <param name="texts">UTF-8.</param>
    /// <returns>One score a text.</returns>
    public float[] Score(IReadOnlyList<byte[]> texts)
    {
        var tokens = texts.Select(Encode).ToList();
        var plan = BatchPlan.Create([.. tokens.Select(ids => ids.Length)], TokenBudget);
        var scores = new float[texts.Count];
        for (var batch = 0; batch < plan.Count; batch++)
        {
            var rows = plan.RowsOf(batch).ToArray();
            var lengths = new int[rows.Length + 1];
            for (var i = 0; i < rows.Length; i++)
                lengths[i + 1] = lengths[i] + tokens[rows[i]].Length;
            var found = new float[rows.Length];
            _classifier.Score(new PackedBatch([.. rows.SelectMany(row => tokens[row])], lengths), found);
            for (var i = 0; i < rows.Length; i++)
                scores[rows[i]] = float.IsFinite(found[i])
                    ? found[i]
                    : _classifier.ScoreAloneInFloat32(tokens[rows[i]]);
        }

        return scores;
    }

    public void Dispose() => _classifier.Dispose();

    private int[] Encode(byte[] text)
    {
        var ids = new int[_classifier.Tokenizer.MaxLength];
        return ids[.._classifier.Tokenizer.Encode(text, ids)];
    }
}
