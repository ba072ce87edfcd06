namespace FineWebTorch.Model;

/// <summary>Why a row has no score. The numbers are the low bits of <see cref="EduScore.Unscorable"/>.</summary>
public enum UnscorableReason
{
    /// <summary>It has a score.</summary>
    None = 0,

    /// <summary>The text is NULL.</summary>
    NullText = 1,

    /// <summary>Not finite even when computed alone in fp32.</summary>
    NotFinite = 2,

    /// <summary>The text is not UTF-8.</summary>
    InvalidUnicode = 3,

    /// <summary>Whoever scores it ends: more than one process did, with no other row before it.</summary>
    EndsWorker = 4,
}

/// <summary>
/// Raw scores as they are stored and sent: 32-bit floats, in which a row that cannot be scored is a quiet NaN whose
/// low bits give the reason (see run.proto). Every other NaN, and infinity, is an error.
/// </summary>
public static class EduScore
{
    /// <summary>The bits of <see cref="UnscorableReason.NullText"/>.</summary>
    public const uint NullTextBits = 0x7FC00001;

    /// <summary>The bits of <see cref="UnscorableReason.NotFinite"/>.</summary>
    public const uint NotFiniteBits = 0x7FC00002;

    /// <summary>The bits of <see cref="UnscorableReason.InvalidUnicode"/>.</summary>
    public const uint InvalidUnicodeBits = 0x7FC00003;

    /// <summary>The bits of <see cref="UnscorableReason.EndsWorker"/>.</summary>
    public const uint EndsWorkerBits = 0x7FC00004;

    private const uint QuietNan = 0x7FC00000;

    /// <summary>The published <c>int_score</c>: clamped to 0..5, halves rounded to even (2.5 gives 2).</summary>
    /// <exception cref="ArgumentOutOfRangeException">The score is not finite.</exception>
    public static int ToIntScore(float score)
    {
        if (!float.IsFinite(score))
            throw new ArgumentOutOfRangeException(nameof(score), score, "only a finite score can be rounded");
        return (int)MathF.Round(Math.Clamp(score, 0f, 5f), MidpointRounding.ToEven);
    }

    /// <summary>What is stored for a row that has no score.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The reason is none.</exception>
    public static float Unscorable(UnscorableReason reason) =>
        reason is > UnscorableReason.None and <= UnscorableReason.EndsWorker
            ? BitConverter.UInt32BitsToSingle(QuietNan | (uint)reason)
            : throw new ArgumentOutOfRangeException(nameof(reason), reason, null);

    /// <summary><see cref="UnscorableReason.None"/> for everything that is not an encoded reason.</summary>
    public static UnscorableReason ReasonOf(float score)
    {
        var bits = BitConverter.SingleToUInt32Bits(score);
        return bits is NullTextBits or NotFiniteBits or InvalidUnicodeBits or EndsWorkerBits
            ? (UnscorableReason)(bits - QuietNan)
            : UnscorableReason.None;
    }

    /// <summary>Whether it is an encoded reason.</summary>
    public static bool IsUnscorable(float score) => ReasonOf(score) != UnscorableReason.None;

    /// <summary>True for what may be stored: a finite number or an encoded reason.</summary>
    public static bool IsValid(float score) => float.IsFinite(score) || IsUnscorable(score);
}
