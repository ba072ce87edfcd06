namespace FineWebTorch.Model;

/// <summary>Encoder and head on one device in one type. One thread at a time may call it.</summary>
internal interface INetwork : IDisposable
{
    /// <param name="batch">At least one document; ids and lengths are within the model's.</param>
    /// <param name="scores">[documents], the raw outputs</param>
    void Score(PackedBatch batch, Span<float> scores);
}
