namespace FineWebTorch.Model.Kernels.Cpu;

/// <summary>fwk_type of native/api.h.</summary>
internal enum NumberType
{
    Float32,
    Float16,
    BFloat16,
}

/// <summary>fwk_norm of native/api.h.</summary>
internal unsafe struct NormArguments
{
    public float* Weight;
    public float* Bias;
    public float Epsilon;
}

/// <summary>fwk_embeddings of native/api.h.</summary>
internal unsafe struct EmbeddingArguments
{
    public float* Words;
    public float* Positions;
    public long Width;
    public NormArguments Norm;
}

/// <summary>fwk_attention of native/api.h.</summary>
internal unsafe struct AttentionArguments
{
    public float* Queries;
    public long QueryStride;
    public float* Keys;
    public float* Values;
    public long KeyValueStride;
    public long Heads;
    public long HeadSize;
    public int FirstOnly;
    public float* Output;
    public long OutputStride;
}

/// <summary>fwk_layer of native/api.h.</summary>
internal struct LayerArguments
{
    public nint Output;
    public nint Intermediate;
    public nint Down;
    public NormArguments AttentionNorm;
    public NormArguments OutputNorm;
}
